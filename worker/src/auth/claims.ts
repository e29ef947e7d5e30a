import { HostIdSchema, MemberIdSchema, RoleSchema, TeamIdSchema } from '@muster/protocol';
import * as z from 'zod';

/** What a verified token says (X2). `expiresAt`: ms since 1970. */
export const MemberClaimsSchema = z.object({
  kind: z.literal('member'),
  team: TeamIdSchema,
  expiresAt: z.number(),
  member: MemberIdSchema,
  name: z.string().max(100),
  role: RoleSchema,
  /** The sign-in this token descends from. */
  sid: z.string().max(128),
});
export type MemberClaims = z.infer<typeof MemberClaimsSchema>;

/** X4: who proved to have a host's key. Its socket ends with the key, not with the assertion that opened it. */
export const HostClaimsSchema = z.object({
  kind: z.literal('host'),
  team: TeamIdSchema,
  hostId: HostIdSchema,
  /** How often this host's key had changed or been revoked when the proof was checked. */
  keyRevision: z.number().int().min(1),
});
export type HostClaims = z.infer<typeof HostClaimsSchema>;

/** X4: the newest that is known of a host's key: proofs of an older revision are of a key that is no longer good. */
export const HostStandingSchema = z.object({ keyRevision: z.number().int().min(0), revoked: z.boolean() });
export type HostStanding = z.infer<typeof HostStandingSchema>;

export const ClaimsSchema = z.discriminatedUnion('kind', [MemberClaimsSchema, HostClaimsSchema]);
export type Claims = z.infer<typeof ClaimsSchema>;

/**
 * How the Worker tells its objects whom it let in. The Worker deletes the header from whatever comes from
 * outside, and objects cannot be reached but through the Worker.
 */
export const CLAIMS_HEADER = 'x-muster-claims';
/** In the same way, from where it came (X10). */
export const ADDRESS_HEADER = 'x-muster-address';
