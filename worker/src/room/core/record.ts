import type { BatchHeader } from '@muster/protocol';
import { ROOM_LIMITS } from './limits.ts';
import { type Retention, retentionDue } from './retention.ts';
import { besideOf, discard, type Keeping } from './segments.ts';
import type { RoomState } from './state.ts';
import type { Turn } from './turn.ts';
import type { KeyframeInfo } from './types.ts';

/** S5: how long this room keeps what is recorded, the screens among it counted in; null: it does not record. */
function recordingOf({ durable, retention, keyframes }: RoomState): Retention | null {
  if (durable?.placement.spec.recording !== true) return null;
  return { ...retention, bytes: keyframes.reduce((left, { bytes }) => left - bytes, retention.bytes) };
}

export const keepingOf = (room: RoomState, now: number): Keeping => ({ now, recording: recordingOf(room) });

/** S5: what is no longer to be kept goes: by the alarm, or at once when nothing is recorded any more. */
export function letGo(turn: Turn): void {
  const { room } = turn;
  turn.dropSegments(discard(room.segments, room.tail, keepingOf(room, turn.now)));
  followSegments(turn);
}

/** A screen stays while the room has all that follows it, and only in a recording. */
export function followSegments(turn: Turn): void {
  const { room } = turn;
  if (room.keyframes.length === 0) return;
  const recording = recordingOf(room) !== null;
  const firsts = new Map<string, number>();
  for (const { epoch, first } of room.segments.list) if (!firsts.has(epoch)) firsts.set(epoch, first);
  turn.keepKeyframes(({ epoch, sequence }) => recording && sequence + 1 >= (firsts.get(epoch) ?? Infinity));
}

/** H2. */
export function recordingDue(room: RoomState): number | null {
  const recording = recordingOf(room);
  return recording === null ? null : retentionDue(room.segments.list, besideOf(room.tail), recording);
}

/** The alarm's turn at the recording. */
export function sweepRecording(turn: Turn): void {
  const due = recordingDue(turn.room);
  if (due !== null && due <= turn.now) letGo(turn);
}

/**
 * S5: whether the newest snapshot, whose frames are stored, stays in the recording: where what was printed since the
 * one before is worth it, so that the screens of a recording are at most a part of it.
 */
export function keepKeyframe(turn: Turn, header: BatchHeader, data: Uint8Array): void {
  const { room } = turn;
  if (recordingOf(room) === null) return;
  const newest = room.keyframes.at(-1);
  if (printedSince(room, newest) < data.length * ROOM_LIMITS.keyframeWorth) return;
  const { epoch, last: sequence, time } = header;
  turn.writeKeyframe({ id: (newest?.id ?? 0) + 1, epoch, sequence, time, bytes: data.length, data });
}

/** Stored wire bytes behind a keyframe, to within a segment. */
function printedSince({ segments }: RoomState, newest: KeyframeInfo | undefined): number {
  let bytes = 0;
  for (let index = segments.list.length - 1; index >= 0; index -= 1) {
    const segment = segments.list[index];
    if (segment === undefined || (segment.epoch === newest?.epoch && segment.first <= newest.sequence)) break;
    bytes += segment.bytes;
  }
  return bytes;
}
