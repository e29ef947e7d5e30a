import { ROOM_LIMITS } from '../limits.ts';
import type { SegmentInfo } from '../types.ts';

/** How long output is kept while it is recorded (S5). */
export interface Retention {
  /** ms. */
  readonly time: number;
  /** Wire bytes; above this the oldest go whatever their age. */
  readonly bytes: number;
}

export const RETENTION: Retention = { time: ROOM_LIMITS.recordedTime, bytes: ROOM_LIMITS.recordedBytes };

/** The tail, which counts as well as the stored segments do. */
export interface TailSize {
  readonly bytes: number;
  readonly frames: number;
}

const framesOf = ({ first, last }: SegmentInfo) => last - first + 1;

/**
 * S5: how many of the oldest segments go. Both 8 MiB and 1,000 frames stay in any case, 64 MiB at most; with a
 * recording what is younger than its time stays too, up to its bytes, or those 64 MiB. `now`: ms since 1970.
 */
export function surplus(
  list: readonly SegmentInfo[],
  beside: TailSize,
  recording: Retention | null,
  now: number,
): number {
  let bytes = list.reduce((sum, segment) => sum + segment.bytes, beside.bytes);
  let frames = list.reduce((sum, segment) => sum + framesOf(segment), beside.frames);
  const cap = Math.max(ROOM_LIMITS.keptBytesCap, recording?.bytes ?? 0);
  for (const [index, oldest] of list.entries()) {
    const rest = { bytes: bytes - oldest.bytes, frames: frames - framesOf(oldest) };
    const over = recording === null || oldest.at + recording.time <= now;
    if (!(isEnough(rest) && over) && bytes <= cap) return index;
    bytes = rest.bytes;
    frames = rest.frames;
  }
  return list.length;
}

const isEnough = ({ bytes, frames }: TailSize) =>
  bytes >= ROOM_LIMITS.keptBytes && frames >= ROOM_LIMITS.keptFrames;

/**
 * H2: when the alarm is to let the oldest of a recording go, ms since 1970; null: it need not. A day late, together
 * with all that is over its time by then: so there is one ring a day at most, and none once S5's own share is all there is.
 */
export function retentionDeadline(
  list: readonly SegmentInfo[],
  beside: TailSize,
  recording: Retention,
): number | null {
  const oldest = list[0];
  if (oldest === undefined) return null;
  let { bytes, frames } = beside;
  // It is asked after every event, and a recording has thousands of segments: the newest few decide.
  for (let index = list.length - 1; index > 0 && !isEnough({ bytes, frames }); index -= 1) {
    const segment = list[index];
    bytes += segment?.bytes ?? 0;
    frames += segment === undefined ? 0 : framesOf(segment);
  }
  return isEnough({ bytes, frames }) ? oldest.at + recording.time + ROOM_LIMITS.recordedGrace : null;
}

/**
 * Where S5's own share begins in a list that may hold a recording: a new viewer is given this
 * much of the past, recorded or not.
 */
export function recentFrom(list: readonly SegmentInfo[], beside: TailSize): number {
  return surplus(list, beside, null, 0);
}
