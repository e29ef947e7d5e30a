import type { BatchHeader } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import {
  discard,
  type Retention,
  type RetentionContext,
  retentionDeadline,
  tailSize,
} from '../stream/index.ts';
import type { KeyframeInfo } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** S5: how long this room keeps what is recorded, the screens among it counted in; null: it does not record. */
function recordingOf({ durable, retention, keyframes }: RoomState): Retention | null {
  if (durable?.placement.spec.recording !== true) return null;
  return { ...retention, bytes: keyframes.reduce((left, { bytes }) => left - bytes, retention.bytes) };
}

export const retentionContextOf = (room: RoomState, now: number): RetentionContext => ({
  now,
  recording: recordingOf(room),
});

/** S5: what is no longer to be kept goes: by the alarm, or at once when nothing is recorded any more. */
export function pruneSegments(work: UnitOfWork): void {
  const { room } = work;
  work.dropSegments(discard(room.segments, room.tail, retentionContextOf(room, work.now)));
  pruneKeyframes(work);
}

/** A screen stays while the room has all that follows it, and only in a recording. */
export function pruneKeyframes(work: UnitOfWork): void {
  const { room } = work;
  if (room.keyframes.length === 0) return;
  const recording = recordingOf(room) !== null;
  const firsts = new Map<string, number>();
  for (const { epoch, first } of room.segments.list) if (!firsts.has(epoch)) firsts.set(epoch, first);
  work.keepKeyframes(({ epoch, sequence }) => recording && sequence + 1 >= (firsts.get(epoch) ?? Infinity));
}

/** H2. */
export function recordingDeadline(room: RoomState): number | null {
  const recording = recordingOf(room);
  return recording === null ? null : retentionDeadline(room.segments.list, tailSize(room.tail), recording);
}

/** H2: called by the alarm: drops what is past its retention. */
export function expireRecording(work: UnitOfWork): void {
  const due = recordingDeadline(work.room);
  if (due !== null && due <= work.now) pruneSegments(work);
}

/**
 * S5: whether the newest snapshot, whose frames are stored, stays in the recording: where what was printed since the
 * one before is worth it, so that the screens of a recording are at most a part of it.
 */
export function storeKeyframe(work: UnitOfWork, header: BatchHeader, data: Uint8Array): void {
  const { room } = work;
  if (recordingOf(room) === null) return;
  const newest = room.keyframes.at(-1);
  if (bytesSince(room, newest) < data.length * ROOM_LIMITS.keyframeWorth) return;
  const { epoch, last: sequence, time } = header;
  work.writeKeyframe({ id: (newest?.id ?? 0) + 1, epoch, sequence, time, bytes: data.length, data });
}

/** Stored wire bytes behind a keyframe, to within a segment. */
function bytesSince({ segments }: RoomState, newest: KeyframeInfo | undefined): number {
  let bytes = 0;
  for (let index = segments.list.length - 1; index >= 0; index -= 1) {
    const segment = segments.list[index];
    if (segment === undefined || (segment.epoch === newest?.epoch && segment.first <= newest.sequence)) break;
    bytes += segment.bytes;
  }
  return bytes;
}
