import { ROOM_LIMITS } from '../limits.ts';
import { type RoomState, trackInFlight, type Viewer } from '../state.ts';
import { bytesFrom, epochIndex, type StreamPosition } from '../stream/index.ts';
import type { Durable, SnapshotInfo, Subscription } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';

/**
 * S14: the snapshot that is to take the place of what a `screen` viewer at `place` has missed: when that is more
 * than the room has, or more than S14's limit and the snapshot is the smaller. One that lags behind is renewed.
 */
export function snapshotInstead(
  work: UnitOfWork,
  durable: Durable,
  place: StreamPosition,
): SnapshotInfo | null {
  const { room } = work;
  if (durable.placement.spec.kind !== 'terminal') return null;
  const missed = bytesFrom(room, durable, place);
  if (missed <= ROOM_LIMITS.replayBytes) return null;
  const { snapshot } = room;
  const ahead = snapshot !== null && isAhead(room, snapshot, place) ? snapshot : null;
  const rest = ahead === null ? missed : bytesFrom(room, durable, positionAfter(ahead));
  requestIfStale(work, Math.min(missed, rest));
  if (ahead === null || (missed !== Number.POSITIVE_INFINITY && missed - rest <= ahead.bytes)) return null;
  return ahead;
}

/** Where reading goes on after a snapshot. */
export const positionAfter = ({ epoch, sequence }: SnapshotInfo): StreamPosition => ({
  epoch,
  from: sequence + 1,
});

function isAhead(room: RoomState, { epoch, sequence }: SnapshotInfo, place: StreamPosition): boolean {
  if (epoch === place.epoch) return sequence >= place.from;
  return epochIndex(room, epoch) > epochIndex(room, place.epoch);
}

/** One question a link at a time; the next follows the answer, or the next link. */
function requestIfStale(work: UnitOfWork, behind: number): void {
  const { keeper } = work.room;
  if (behind <= ROOM_LIMITS.staleBytes || keeper === null || keeper.snapshotRequested) return;
  const to = reachableKeeper(work);
  if (to === null) return;
  keeper.snapshotRequested = true;
  work.afterCommit.push({
    type: 'send-to-keeper',
    keeper: to,
    message: { type: 'snapshot:request', payload: {} },
  });
}

/** Sends the kept snapshot, which counts as read up to its number; what is under way for the viewer no longer counts. */
export function sendSnapshot(
  work: UnitOfWork,
  viewer: Viewer,
  subscription: Subscription,
  snapshot: SnapshotInfo,
): Subscription {
  const bytes = work.readSnapshot();
  viewer.fetch = null;
  trackInFlight(viewer, { epoch: snapshot.epoch, last: snapshot.sequence, bytes: bytes.length }, work.now);
  work.afterCommit.push({ type: 'forward', to: [viewer.connection], bytes });
  const moved = { ...subscription, at: positionAfter(snapshot) };
  work.attachViewer(viewer, moved);
  return moved;
}
