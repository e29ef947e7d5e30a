import { CLOSE } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import { type RoomState, trackInFlight, type Viewer } from '../state.ts';
import type { Effect, Subscription } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** S8: wire bytes sent to this viewer and not acked. */
export function unacked(room: RoomState, viewer: Viewer): number {
  const inFlight = viewer.inFlight.reduce((sum, piece) => sum + piece.bytes, 0);
  return viewer.subscription?.at === 'live' ? inFlight + room.flow.total - viewer.ackedTotal : inFlight;
}

export function reposition(
  work: UnitOfWork,
  viewer: Viewer,
  subscription: Subscription,
  at: Subscription['at'],
): Subscription {
  const moved = { ...subscription, at };
  work.attachViewer(viewer, moved);
  return moved;
}

/** S7, S8: sends the same bytes to every live viewer; one with too many unacked bytes is parked behind them. */
export function forwardLive(work: UnitOfWork, last: number, bytes: Uint8Array, out: Effect[]): void {
  const { room } = work;
  room.flow.add(last, bytes.length);
  const to: string[] = [];
  for (const viewer of room.viewers.values()) {
    if (viewer.subscription?.at !== 'live') {
      closeIfStalled(work, viewer);
      continue;
    }
    to.push(viewer.connection);
    // Unacked bytes of its replay count too.
    if (unacked(room, viewer) > ROOM_LIMITS.parkBytes) park(work, viewer, viewer.subscription, last);
  }
  if (to.length > 0) out.push({ type: 'forward', to, bytes });
}

/**
 * S8: a viewer that has been parked for a minute without acking anything holds memory of the platform, and nobody reads it.
 * It is looked at when there is more output, so that an idle room has nothing due.
 */
function closeIfStalled(work: UnitOfWork, viewer: Viewer): void {
  if (unacked(work.room, viewer) <= ROOM_LIMITS.resumeBytes) return;
  if (work.now - viewer.unackedSince <= ROOM_LIMITS.stalledTime) return;
  const { connection } = viewer;
  work.afterCommit.push({ type: 'close', connection, code: CLOSE.tooSlow, reason: 'nothing is read' });
}

function park(work: UnitOfWork, viewer: Viewer, subscription: Subscription, last: number): void {
  const { room } = work;
  const epoch = room.durable?.epoch;
  if (epoch === null || epoch === undefined) return;
  trackInFlight(viewer, { epoch, last, bytes: room.flow.total - viewer.ackedTotal }, work.now);
  viewer.unackedSince = work.now;
  reposition(work, viewer, subscription, { epoch, from: last + 1 });
}
