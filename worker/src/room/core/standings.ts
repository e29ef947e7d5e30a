import * as z from 'zod';
import {
  afterChanges,
  type MemberClaims,
  type StandingChange,
  StandingChangeSchema,
} from '../../auth/claims.ts';

export type { MemberClaims };

/** X5: how long a room overrules claims that are older than a change: they are asked for anew within that time, ms. */
const KEPT = 3_600_000;

/** A change as a room keeps it, one for each session or member. `until`: ms since 1970. */
export const KeptStandingSchema = z.object({
  key: z.string(),
  until: z.number(),
  change: StandingChangeSchema,
});
export type KeptStanding = z.infer<typeof KeptStandingSchema>;

export function keptStanding(change: StandingChange, now: number): KeptStanding {
  const { who } = change;
  const key = who.kind === 'session' ? `session ${who.sid}` : `member ${who.memberId}`;
  return { key, until: now + KEPT, change };
}

/** What claims say now; null: they let nobody in any more. */
export const claimsNow = (kept: readonly KeptStanding[], claims: MemberClaims): MemberClaims | null =>
  afterChanges(
    claims,
    kept.map(({ change }) => change),
  );
