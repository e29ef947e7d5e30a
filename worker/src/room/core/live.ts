import { CLOSE } from '@muster/protocol';
import { ROOM_LIMITS } from './limits.ts';
import { owe, type RoomState, type Viewer } from './state.ts';
import type { Turn } from './turn.ts';
import type { Effect, Subscription } from './types.ts';

/** S8: wire bytes sent to this viewer and not acked. */
export function unacked(room: RoomState, viewer: Viewer): number {
  const owed = viewer.owed.reduce((sum, piece) => sum + piece.bytes, 0);
  return viewer.subscription?.at === 'live' ? owed + room.ledger.total - viewer.ackedTotal : owed;
}

export function move(
  turn: Turn,
  viewer: Viewer,
  subscription: Subscription,
  at: Subscription['at'],
): Subscription {
  const moved = { ...subscription, at };
  turn.attachViewer(viewer, moved);
  return moved;
}

/** S7, S8: the same bytes to every live viewer; whoever owes too much is parked behind them. */
export function forwardLive(turn: Turn, last: number, bytes: Uint8Array, out: Effect[]): void {
  const { room } = turn;
  room.ledger.add(last, bytes.length);
  const to: string[] = [];
  for (const viewer of room.viewers.values()) {
    if (viewer.subscription?.at !== 'live') {
      closeIfStalled(turn, viewer);
      continue;
    }
    to.push(viewer.connection);
    // What it still owes of its replay counts too.
    if (unacked(room, viewer) > ROOM_LIMITS.parkBytes) park(turn, viewer, viewer.subscription, last);
  }
  if (to.length > 0) out.push({ type: 'forward', to, bytes });
}

/**
 * S8: a viewer that has been parked for a minute without acking anything holds memory of the platform, and nobody reads it.
 * It is looked at when there is more output, so that an idle room has nothing due.
 */
function closeIfStalled(turn: Turn, viewer: Viewer): void {
  if (unacked(turn.room, viewer) <= ROOM_LIMITS.resumeBytes) return;
  if (turn.now - viewer.owesSince <= ROOM_LIMITS.stalledTime) return;
  const { connection } = viewer;
  turn.after.push({ type: 'close', connection, code: CLOSE.tooSlow, reason: 'nothing is read' });
}

function park(turn: Turn, viewer: Viewer, subscription: Subscription, last: number): void {
  const { room } = turn;
  const epoch = room.durable?.epoch;
  if (epoch === null || epoch === undefined) return;
  owe(viewer, { epoch, last, bytes: room.ledger.total - viewer.ackedTotal }, turn.now);
  viewer.owesSince = turn.now;
  move(turn, viewer, subscription, { epoch, from: last + 1 });
}
