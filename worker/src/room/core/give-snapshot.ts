import { bytesFrom, epochIndex, type Place } from './epochs.ts';
import { ROOM_LIMITS } from './limits.ts';
import { owe, type RoomState, type Viewer } from './state.ts';
import { keeperToAsk, type Turn } from './turn.ts';
import type { Durable, SnapshotInfo, Subscription } from './types.ts';

/**
 * S14: the snapshot that is to take the place of what a `screen` viewer at `place` has missed: when that is more
 * than the room has, or more than S14's limit and the snapshot is the smaller. One that lags behind is renewed.
 */
export function snapshotInstead(turn: Turn, durable: Durable, place: Place): SnapshotInfo | null {
  const { room } = turn;
  if (durable.placement.spec.kind !== 'terminal') return null;
  const missed = bytesFrom(room, durable, place);
  if (missed <= ROOM_LIMITS.replayBytes) return null;
  const { snapshot } = room;
  const ahead = snapshot !== null && isAhead(room, snapshot, place) ? snapshot : null;
  const rest = ahead === null ? missed : bytesFrom(room, durable, after(ahead));
  askIfStale(turn, Math.min(missed, rest));
  if (ahead === null || (missed !== Number.POSITIVE_INFINITY && missed - rest <= ahead.bytes)) return null;
  return ahead;
}

/** Where reading goes on after a snapshot. */
export const after = ({ epoch, sequence }: SnapshotInfo): Place => ({ epoch, from: sequence + 1 });

function isAhead(room: RoomState, { epoch, sequence }: SnapshotInfo, place: Place): boolean {
  if (epoch === place.epoch) return sequence >= place.from;
  return epochIndex(room, epoch) > epochIndex(room, place.epoch);
}

/** One question a link at a time; the next follows the answer, or the next link. */
function askIfStale(turn: Turn, behind: number): void {
  const { keeper } = turn.room;
  if (behind <= ROOM_LIMITS.staleBytes || keeper === null || keeper.snapshotAsked) return;
  const to = keeperToAsk(turn);
  if (to === null) return;
  keeper.snapshotAsked = true;
  turn.after.push({ type: 'tell', keeper: to, message: { type: 'snapshot:request', payload: {} } });
}

/** Sends the kept snapshot, which counts as read up to its number; what is under way for the viewer no longer counts. */
export function giveSnapshot(
  turn: Turn,
  viewer: Viewer,
  subscription: Subscription,
  snapshot: SnapshotInfo,
): Subscription {
  const bytes = turn.readSnapshot();
  viewer.fetch = null;
  owe(viewer, { epoch: snapshot.epoch, last: snapshot.sequence, bytes: bytes.length }, turn.now);
  turn.after.push({ type: 'forward', to: [viewer.connection], bytes });
  const moved = { ...subscription, at: after(snapshot) };
  turn.attachViewer(viewer, moved);
  return moved;
}
