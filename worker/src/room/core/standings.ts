import { err, ok, type Result, seesAgent, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import { applyChanges, type MemberClaims, type RightsChange, RightsChangeSchema } from '../../auth/claims.ts';

import type { RoomState } from './state.ts';

export type { MemberClaims };

/** X5: how long a room overrules claims that are older than a change: they are asked for anew within that time, ms. */
const KEPT = 3_600_000;

/** A change as a room keeps it, one for each session or member. `until`: ms since 1970. */
export const KeptStandingSchema = z.object({
  key: z.string(),
  until: z.number(),
  change: RightsChangeSchema,
});
export type KeptStanding = z.infer<typeof KeptStandingSchema>;

export function keptStanding(change: RightsChange, now: number): KeptStanding {
  const { who } = change;
  const key = who.kind === 'session' ? `session ${who.sid}` : `member ${who.memberId}`;
  return { key, until: now + KEPT, change };
}

/** What claims say now; null: they let nobody in any more. */
export const claimsNow = (kept: readonly KeptStanding[], claims: MemberClaims): MemberClaims | null =>
  applyChanges(
    claims,
    kept.map(({ change }) => change),
  );

const ENDED = wireError('AUTH_FAILED', 'this sign-in has ended');
const NO_AGENT = wireError('AGENT_NOT_FOUND', 'There is no such agent', { field: 'agentId' });

/** X5: whether who they speak for may be here; `claims` null: they let nobody in any more. */
export function letIn(
  { durable }: Pick<RoomState, 'durable'>,
  claims: MemberClaims | null,
): Result<MemberClaims, WireError> {
  if (claims === null) return err(ENDED);
  if (durable !== null && !seesAgent(claims.agents, durable.placement.spec)) return err(NO_AGENT);
  return ok(claims);
}
