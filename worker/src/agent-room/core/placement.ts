import { CLOSE, type Placement, type TeamId } from '@muster/protocol';
import type { HostKeyState } from '../../auth/claims.ts';
import { EMPTY_OUTBOX } from './commands/index.ts';
import { FREE_LEASE } from './driver/index.ts';
import { pruneSegments } from './recording/index.ts';
import { announceStatus, stateMessage, unknownSince } from './reporting/index.ts';
import { type Durable, type RoomEvent, UNKNOWN_HOST_KEY } from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';

type Placed = Extract<RoomEvent, { type: 'placed' }>;

/** X4: calls may overtake each other: the higher key revision counts. */
const newerKeyOf = (known: HostKeyState, reported: HostKeyState) =>
  reported.keyRevision > known.keyRevision ? reported : known;

/**
 * N1, N2: the lobby says which agent this room is, and which generation of it counts. A lower generation changes nothing, nor
 * does a placement that was overtaken by the deletion. X4: and how its host's key stands, which the shell closes keepers by.
 */
export function handlePlacement(
  work: UnitOfWork,
  { team, placement, host: reported = UNKNOWN_HOST_KEY }: Placed,
): void {
  const { room } = work;
  if (room.deleted) return;
  if (room.durable === null) {
    room.durable = initialState(team, placement, reported, work.now);
    work.change(room.durable, {});
    return;
  }
  const { placement: before, host: known } = room.durable;
  if (placement.generation < before.generation) return;
  const host = placement.spec.hostId === before.spec.hostId ? newerKeyOf(known, reported) : reported;
  const durable = host === known ? room.durable : work.change(room.durable, { host }, false);
  if (JSON.stringify(placement) === JSON.stringify(before)) return;
  replace(work, durable, placement);
}

function replace(work: UnitOfWork, durable: Durable, placement: Placement): void {
  const { room } = work;
  const moved = placement.generation > durable.placement.generation;
  // R3: the lobby accepts no report of an older generation, so what was sent does not count.
  if (moved) room.sentSummary = '';
  const part = { placement, unknownSince: unknownSince(durable, placement, work.now) };
  const changed = work.change(durable, moved ? { ...part, keeperOnline: false } : part);
  if (moved && room.keeper !== null) {
    const { connection } = room.keeper;
    room.keeper = null;
    work.afterCommit.push({ type: 'close', connection, code: CLOSE.superseded, reason: 'placed anew' });
  }
  if (durable.placement.spec.recording === true && placement.spec.recording !== true) pruneSegments(work);
  // R1: the state goes first: after the status, which has its revision, it would be ignored.
  for (const to of room.viewers.keys())
    work.afterCommit.push({ type: 'send', to, message: stateMessage(room, changed) });
  announceStatus(work, changed);
}

function initialState(team: TeamId, placement: Placement, host: HostKeyState, now: number): Durable {
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
    host,
  };
}
