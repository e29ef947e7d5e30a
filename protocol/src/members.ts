import * as z from 'zod';
import { MemberIdSchema } from './ids.ts';
import { LIMITS } from './limits.ts';
import { recordOf } from './record.ts';
import { RoleSchema } from './roles.ts';

const label = z.string().max(LIMITS.labelChars);

/** X5: the agents somebody is limited to: those of these names, and those that have all of these labels. */
export const AgentLimitSchema = z.object({
  names: z.array(z.string().min(1).max(LIMITS.nameChars)).max(LIMITS.limitNames).optional(),
  labels: recordOf(label, label, LIMITS.labelEntries).optional(),
});
export type AgentLimit = z.infer<typeof AgentLimitSchema>;

/** Somebody, as every other member may see him. */
export const MemberSchema = z.object({
  id: MemberIdSchema,
  name: z.string().max(LIMITS.nameChars),
  role: RoleSchema,
});
export type Member = z.infer<typeof MemberSchema>;

/** X3: a sign-in of one's own: a browser, or whatever else renews its tokens. Times: ms since 1970. */
export const SessionSummarySchema = z.object({
  sid: z.string(),
  /** What it calls itself (User-Agent). */
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
