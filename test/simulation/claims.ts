import { type HostId, MemberIdSchema, type TeamId } from '@muster/protocol';
import type { HostClaims, MemberClaims } from '../../worker/src/auth/claims.ts';

/** The one member of a world. */
export const ADA = MemberIdSchema.parse('ada');

/** When sessions and tokens expire, ms since 1970: after the end of every world. */
export const EXPIRES_AT = 8_000_000_000_000;

export const adaClaims = (team: TeamId, sid: string): MemberClaims => ({
  kind: 'member',
  team,
  expiresAt: EXPIRES_AT,
  member: ADA,
  name: 'Ada',
  role: 'admin',
  agents: [],
  sid,
  revision: 1,
});

export const hostClaims = (team: TeamId, hostId: HostId): HostClaims => ({
  kind: 'host',
  team,
  hostId,
  keyRevision: 1,
});

/** From here on (ms since 1970) alarms are set for nothing but tokens, which are renewed before they expire. */
const RENEWALS = EXPIRES_AT / 2;

/** An object's alarm, ms since 1970, unless it is for tokens. */
export const alarmBeforeExpiry = (at: number | null): number | null =>
  at === null || at >= RENEWALS ? null : at;
