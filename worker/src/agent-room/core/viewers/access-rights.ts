import { err, isAgentVisible, ok, type Result, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import {
  applyChanges,
  type MemberClaims,
  type RightsChange,
  RightsChangeSchema,
} from '../../../auth/claims.ts';

import type { RoomState } from '../state.ts';

export type { MemberClaims };

/** X5: how long a room applies a change to claims that are older than it, ms: within that time they are renewed. */
const CACHE_TIME = 3_600_000;

/** A change as a room keeps it, one for each session or member. `until`: ms since 1970. */
export const CachedRightsSchema = z.object({
  key: z.string(),
  until: z.number(),
  change: RightsChangeSchema,
});
export type CachedRights = z.infer<typeof CachedRightsSchema>;

export function cachedRights(change: RightsChange, now: number): CachedRights {
  const { who } = change;
  const key = who.kind === 'session' ? `session ${who.sid}` : `member ${who.memberId}`;
  return { key, until: now + CACHE_TIME, change };
}

/** The claims after all cached changes; null: they no longer give access. */
export const applyCachedRights = (kept: readonly CachedRights[], claims: MemberClaims): MemberClaims | null =>
  applyChanges(
    claims,
    kept.map(({ change }) => change),
  );

/** X5: whether the rights behind these claims may be others after `changes`; null: after a change of the agent's labels. */
export const isAffected = (claims: MemberClaims, changes: readonly RightsChange[] | null): boolean =>
  changes === null ? claims.agents.length > 0 : applyChanges(claims, changes) !== claims;

const ENDED = wireError('AUTH_FAILED', 'this sign-in has ended');
/** The same for an agent that does not exist and for one that the member may not see. */
export const NO_AGENT = wireError('AGENT_NOT_FOUND', 'There is no such agent', { field: 'agentId' });

/** X5: whether the member may be in this room; `claims` null: they no longer give access. */
export function authorizeMember(
  { durable }: Pick<RoomState, 'durable'>,
  claims: MemberClaims | null,
): Result<MemberClaims, WireError> {
  if (claims === null) return err(ENDED);
  if (durable !== null && !isAgentVisible(claims.agents, durable.placement.spec)) return err(NO_AGENT);
  return ok(claims);
}
