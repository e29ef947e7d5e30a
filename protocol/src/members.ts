import * as z from 'zod';
import { MemberIdSchema } from './ids.ts';
import { LIMITS } from './limits.ts';
import { recordOf } from './record.ts';
import { RoleSchema } from './roles.ts';

const encoder = new TextEncoder();
const label = z.string().max(LIMITS.labelChars);

/** X5: the agents that a member is limited to: those of these names, and those that have all of these labels. */
export const AgentLimitSchema = z
  .object({
    names: z.array(z.string().min(1).max(LIMITS.nameChars)).max(LIMITS.limitNames).optional(),
    labels: recordOf(label, label, LIMITS.labelEntries).optional(),
  })
  .refine((limit) => encoder.encode(JSON.stringify(limit)).length <= LIMITS.limitBytes, {
    error: `must take at most ${LIMITS.limitBytes} bytes`,
  });
export type AgentLimit = z.infer<typeof AgentLimitSchema>;

/** X5: whether each of these limits lets a member see this agent. A member without a limit sees every agent. */
export function isAgentVisible(
  limits: readonly AgentLimit[],
  { agentId, labels }: { readonly agentId: string; readonly labels: Readonly<Record<string, string>> },
): boolean {
  return limits.every((limit) => {
    const wanted = Object.entries(limit.labels ?? {});
    const labelled = wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
    return labelled || (limit.names ?? []).includes(agentId);
  });
}

/** A member, as every other member may see them. */
export const MemberSchema = z.object({
  id: MemberIdSchema,
  name: z.string().max(LIMITS.nameChars),
  role: RoleSchema,
});
export type Member = z.infer<typeof MemberSchema>;

/** In lower case: it is how an outside identity finds its member. */
export const EmailSchema = z.string().trim().toLowerCase().max(LIMITS.emailChars).pipe(z.email());

/** The rights that an admin grants a member. */
export const MemberGrantSchema = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(LIMITS.nameChars),
  role: RoleSchema,
  /** X5; absent or null: every agent. */
  agents: AgentLimitSchema.nullable().default(null),
  email: EmailSchema.nullable().default(null),
});
export type MemberGrant = z.infer<typeof MemberGrantSchema>;

/** A member, as admins see them. */
export const MemberDetailsSchema = MemberSchema.extend({
  agents: AgentLimitSchema.nullable(),
  email: z.string().nullable(),
  /** ms since 1970. */
  createdAt: z.number(),
  /** When one of the member's devices was last in touch, to the life of an access token; ms since 1970. Null: signed in nowhere. */
  seenAt: z.number().nullable(),
});
export type MemberDetails = z.infer<typeof MemberDetailsSchema>;

/** X3: a link that waits for its use. Times: ms since 1970. */
export const InvitationSchema = MemberGrantSchema.extend({
  id: z.string(),
  createdBy: MemberIdSchema,
  createdAt: z.number(),
  expiresAt: z.number(),
});
export type Invitation = z.infer<typeof InvitationSchema>;

/** X3: a sign-in of one's own: a browser, or whatever else renews its tokens. Times: ms since 1970. */
export const SessionSummarySchema = z.object({
  sid: z.string(),
  /** The device's User-Agent. */
  device: z.string(),
  /** X10: where it was last renewed from, where Cloudflare says so. */
  address: z.string().nullable(),
  createdAt: z.number(),
  usedAt: z.number(),
  expiresAt: z.number(),
  /** Whether it is the one that asks. */
  current: z.boolean(),
});
export type SessionSummary = z.infer<typeof SessionSummarySchema>;

/** The request for an API token: it may do at most what its member may. */
export const TokenInputSchema = MemberGrantSchema.pick({ name: true, role: true, agents: true }).extend({
  /** ms. */
  expiresIn: z.number().int().min(1_000).max(LIMITS.tokenLifetime),
});

/** An API token, without its secret. Times: ms since 1970. */
export const ApiTokenSchema = MemberGrantSchema.pick({ name: true, role: true, agents: true }).extend({
  id: z.string(),
  createdBy: MemberIdSchema,
  createdAt: z.number(),
  expiresAt: z.number(),
  /** To the hour; null: never. */
  usedAt: z.number().nullable(),
});
export type ApiToken = z.infer<typeof ApiTokenSchema>;

/** X3: a passkey of one's own. Times: ms since 1970. */
export const PasskeySummarySchema = z.object({
  /** Its credential's, base64url. */
  id: z.string(),
  name: z.string(),
  createdAt: z.number(),
  /** Null: never. */
  usedAt: z.number().nullable(),
});
export type PasskeySummary = z.infer<typeof PasskeySummarySchema>;
