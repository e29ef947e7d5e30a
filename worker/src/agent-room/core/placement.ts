import { CLOSE, type Placement, type TeamId } from '@muster/protocol';
import { EMPTY_OUTBOX } from './commands/index.ts';
import { FREE_LEASE } from './driver/index.ts';
import { closeOfKey } from './keeper/index.ts';
import { pruneSegments } from './recording/index.ts';
import { announceStatus, stateMessage, unknownSince } from './reporting/index.ts';
import type { RoomState } from './state.ts';
import { type Durable, type RoomEvent, UNKNOWN_HOST_KEY } from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';

type Placed = Extract<RoomEvent, { type: 'placed' }>;

/**
 * N1, N2: the lobby says which agent this room is, and which generation of it counts. A lower generation changes nothing, nor
 * does a placement that was overtaken by the deletion. On another host, nothing is known of that one's key yet (X4).
 */
export function handlePlacement(work: UnitOfWork, { team, placement }: Placed): void {
  const { room } = work;
  if (room.deleted) return;
  if (room.durable === null) {
    room.durable = initialState(team, placement, work.now);
    work.change(room.durable, {});
    return;
  }
  const { placement: before } = room.durable;
  if (placement.generation < before.generation) return;
  if (JSON.stringify(placement) === JSON.stringify(before)) return;
  replace(work, room.durable, placement);
}

/** N1: why a lobby is refused that places an agent here; null: it may. It takes no notice: it has no such agent. */
export const placementRefusal = ({ deleted }: Pick<RoomState, 'deleted'>): string | null =>
  deleted ? 'N1: the agent was deleted' : null;

/** X4: closes keepers that came with an older key. Calls may overtake each other: the higher revision counts. */
export function handleHostKey(
  work: UnitOfWork,
  { hostId, keyRevision, revoked }: Extract<RoomEvent, { type: 'host-key-changed' }>,
): void {
  const { durable } = work.room;
  if (durable === null || hostId !== durable.placement.spec.hostId) return;
  if (keyRevision <= durable.host.keyRevision) return;
  const host = { keyRevision, revoked };
  work.change(durable, { host }, false);
  work.afterCommit.push({ type: 'close-keepers', hostId, below: keyRevision, ...closeOfKey(host) });
}

function replace(work: UnitOfWork, durable: Durable, placement: Placement): void {
  const { room } = work;
  const moved = placement.generation > durable.placement.generation;
  // R3: the lobby accepts no report of an older generation, so what was sent does not count.
  if (moved) room.sentSummary = '';
  const isSameHost = placement.spec.hostId === durable.placement.spec.hostId;
  const part = {
    placement,
    unknownSince: unknownSince(durable, placement, work.now),
    host: isSameHost ? durable.host : UNKNOWN_HOST_KEY,
  };
  const changed = work.change(durable, moved ? { ...part, keeperOnline: false, attention: null } : part);
  if (moved && room.keeper !== null) {
    const { connection } = room.keeper;
    room.keeper = null;
    work.afterCommit.push({ type: 'close', connection, code: CLOSE.superseded, reason: 'placed anew' });
  }
  if (durable.placement.spec.recording === true && placement.spec.recording !== true) pruneSegments(work);
  // R1: the state goes first: after the status, which has its revision, it would be ignored.
  for (const [to, viewer] of room.viewers)
    work.afterCommit.push({ type: 'send', to, message: stateMessage(viewer, room, changed) });
  announceStatus(work, changed);
  // X5: labels decide which members may see the agent.
  work.afterCommit.push({ type: 'reauthorize', changes: null });
}

function initialState(team: TeamId, placement: Placement, now: number): Durable {
  const { spec } = placement;
  return {
    team,
    placement,
    epoch: null,
    past: [],
    revision: 0,
    program: { status: spec.autostart && spec.program !== undefined ? 'starting' : 'stopped' },
    terminal: spec.terminal ?? null,
    lastActivity: now,
    attention: null,
    policy: null,
    keeperOnline: false,
    keeperAnswers: null,
    keyboard: FREE_LEASE,
    queue: [],
    outbox: EMPTY_OUTBOX,
    commandBucket: null,
    memberBuckets: {},
    createdAt: now,
    unknownSince: now,
    summaryRevision: 0,
    lobbyAcked: 0,
    host: UNKNOWN_HOST_KEY,
  };
}
