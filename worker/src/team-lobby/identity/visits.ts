import type { AgentUid, MemberId } from '@muster/protocol';
import type { RightsChange } from '../../auth/claims.ts';

/** A plain client is in the room of each agent that it sees. */
export const EVERY_ROOM = '*';
export type Visited = readonly AgentUid[] | typeof EVERY_ROOM;

/** Which rooms a sign-in has been in, for as long as it lasts. Synchronous. */
export interface VisitStore {
  /** Costs a row the first time only. */
  add(sid: string, room: AgentUid | typeof EVERY_ROOM): void;
  of(sid: string): Visited;
  drop(sid: string): void;
}

/**
 * X18: the rooms that a change concerns, with what concerns them: those that a sign-in of its member has been in. No
 * other has a socket of theirs. `rooms`: all of the team, those that are to know first first; `sidsOf`: what a member's
 * change is about.
 */
export function changesByRoom(
  changes: readonly RightsChange[],
  rooms: readonly AgentUid[],
  visits: Pick<VisitStore, 'of'>,
  sidsOf: (memberId: MemberId) => readonly string[],
): Map<AgentUid, RightsChange[]> {
  const every: RightsChange[] = [];
  const some = new Map<AgentUid, RightsChange[]>();
  for (const change of changes) {
    const { who } = change;
    const sids = who.kind === 'session' ? [who.sid] : sidsOf(who.memberId);
    const visited = sids.map((sid) => visits.of(sid));
    if (visited.includes(EVERY_ROOM)) {
      every.push(change);
      continue;
    }
    const uids = new Set(visited.flatMap((one) => (one === EVERY_ROOM ? [] : one)));
    for (const uid of uids) some.set(uid, [...(some.get(uid) ?? []), change]);
  }
  const concerns = new Map<AgentUid, RightsChange[]>();
  for (const room of rooms) {
    const own = [...every, ...(some.get(room) ?? [])];
    if (own.length > 0) concerns.set(room, own);
  }
  return concerns;
}
