import { AgentLimitSchema, HostIdSchema, MemberIdSchema, RoleSchema, TeamIdSchema } from '@muster/protocol';
import * as z from 'zod';

/**
 * The member that a verified token speaks for, as the lobby knows them (X2, X5). `expiresAt`: ms since 1970.
 */
export const MemberClaimsSchema = z.object({
  kind: z.literal('member'),
  team: TeamIdSchema,
  expiresAt: z.number(),
  member: MemberIdSchema,
  name: z.string().max(100),
  role: RoleSchema,
  /** X5: each of these limits holds; none: every agent. */
  agents: z.array(AgentLimitSchema).default([]),
  /** The sign-in this token descends from. */
  sid: z.string().max(128),
  /** The lobby's number of rights changes at that time: a later change overrules these claims. */
  revision: z.number().int().default(0),
});
export type MemberClaims = z.infer<typeof MemberClaimsSchema>;

/** X5: the new rights of a member or session; null: none. */
export const RightsChangeSchema = z.object({
  who: z.discriminatedUnion('kind', [
    /** All sessions of the member; their API tokens too where the rights are null. */
    z.object({ kind: z.literal('member'), memberId: MemberIdSchema }),
    z.object({ kind: z.literal('session'), sid: z.string() }),
  ]),
  standing: MemberClaimsSchema.pick({ name: true, role: true, agents: true }).nullable(),
  revision: z.number().int(),
});
export type RightsChange = z.infer<typeof RightsChangeSchema>;

/** The `sid` of a caller with an API token, which is a sign-in of its own. */
const TOKEN_SID = 'token:';
export const tokenSid = (id: string): string => `${TOKEN_SID}${id}`;
/** The API token behind a `sid`; null: it is a session's. */
export const tokenOfSid = (sid: string): string | null =>
  sid.startsWith(TOKEN_SID) ? sid.slice(TOKEN_SID.length) : null;

/**
 * X5: the claims after a change; null: they are revoked. An older change, or one about another subject,
 * leaves them as they are.
 */
export function applyChange(claims: MemberClaims, change: RightsChange): MemberClaims | null {
  const { who, standing: rights, revision } = change;
  const isAffected = who.kind === 'session' ? who.sid === claims.sid : who.memberId === claims.member;
  if (!isAffected || revision <= claims.revision) return claims;
  // What a token may do depends on more than its maker: it has a change of its own.
  if (who.kind === 'member' && rights !== null && tokenOfSid(claims.sid) !== null) return claims;
  return rights === null ? null : { ...claims, ...rights, revision };
}

/** The same of many, in any order. */
export function applyChanges(claims: MemberClaims, changes: Iterable<RightsChange>): MemberClaims | null {
  let now: MemberClaims | null = claims;
  for (const change of changes) now = now === null ? null : applyChange(now, change);
  return now;
}

/**
 * X4: a host that proved to have its key. Its socket ends with the key, not with the assertion that opened
 * it.
 */
export const HostClaimsSchema = z.object({
  kind: z.literal('host'),
  team: TeamIdSchema,
  hostId: HostIdSchema,
  /** How often this host's key had changed or been revoked when the proof was checked. */
  keyRevision: z.number().int().min(1),
});
export type HostClaims = z.infer<typeof HostClaimsSchema>;

/** X4: the newest that is known of a host's key: proofs of an older revision are of a key that is no longer good. */
export const HostKeyStateSchema = z.object({ keyRevision: z.number().int().min(0), revoked: z.boolean() });
export type HostKeyState = z.infer<typeof HostKeyStateSchema>;

export const ClaimsSchema = z.discriminatedUnion('kind', [MemberClaimsSchema, HostClaimsSchema]);
export type Claims = z.infer<typeof ClaimsSchema>;

/**
 * Carries the verified claims from the Worker to its objects. The Worker deletes the header from outside
 * requests, and only the Worker can reach the objects.
 */
export const CLAIMS_HEADER = 'x-muster-claims';
/** Carries the caller's address in the same way (X10). */
export const ADDRESS_HEADER = 'x-muster-address';
