import type { AgentUid } from '@muster/protocol';
import type { RightsChange } from './types.ts';

/** A plain client is in the room of each agent that it sees. */
export const EVERY_ROOM = '*';
export type Room = AgentUid | typeof EVERY_ROOM;
export type Visited = readonly AgentUid[] | typeof EVERY_ROOM;

/** X18: a sign-in has been in a room; kept for as long as the sign-in lasts. */
export interface Visit {
  readonly sid: string;
  readonly room: Room;
}

/** A change of rights, and the rooms in which its sign-ins have been. */
export interface RoutedChange {
  readonly change: RightsChange;
  readonly visited: Visited;
}

/** The rooms that any of several sign-ins has been in. */
export const unionOf = (visited: readonly Visited[]): Visited =>
  visited.includes(EVERY_ROOM)
    ? EVERY_ROOM
    : [...new Set(visited.flatMap((rooms) => (rooms === EVERY_ROOM ? [] : rooms)))];

/**
 * X18: the rooms that changes concern, each with its changes: no other room has a socket of theirs. `rooms`: all of
 * the team, the most urgent first.
 */
export function changesByRoom(
  routed: readonly RoutedChange[],
  rooms: readonly AgentUid[],
): Map<AgentUid, readonly RightsChange[]> {
  const sets = routed.map(({ change, visited }) => ({
    change,
    visited: visited === EVERY_ROOM ? null : new Set(visited),
  }));
  const concerned = new Map<AgentUid, readonly RightsChange[]>();
  for (const room of rooms) {
    const own = sets.filter(({ visited }) => visited === null || visited.has(room));
    if (own.length > 0)
      concerned.set(
        room,
        own.map(({ change }) => change),
      );
  }
  return concerned;
}
