import type { Epoch } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { SegmentInfo, SegmentWrite } from '../types.ts';
import { type Retention, recentFrom, surplus, type TailSize } from './retention.ts';

/**
 * The index of what is stored (S5), oldest first, over at most two epochs. Slots are rows: a new segment
 * takes the slot of the one it pushes out, so that storing costs one row written.
 */
export interface Segments {
  readonly list: SegmentInfo[];
  /** Bytes of the segments read or written last, newest use last. */
  readonly cache: Map<number, Uint8Array>;
}

export function openSegments(list: readonly SegmentInfo[]): Segments {
  return { list: [...list].sort((a, b) => a.position - b.position), cache: new Map() };
}

/** What stands in the tail: whole batches of one epoch, not yet stored. */
export interface Tail {
  readonly epoch: Epoch;
  readonly first: number;
  last: number;
  bytes: number;
  readonly batches: Uint8Array[];
  /** ms, when its first batch came. */
  readonly since: number;
}

export function readSegment(
  segments: Segments,
  slot: number,
  read: (slot: number) => Uint8Array,
): Uint8Array {
  const held = segments.cache.get(slot);
  const bytes = held ?? read(slot);
  segments.cache.delete(slot);
  segments.cache.set(slot, bytes);
  if (segments.cache.size > ROOM_LIMITS.cachedSegments) {
    const oldest = segments.cache.keys().next();
    if (!oldest.done) segments.cache.delete(oldest.value);
  }
  return bytes;
}

export function concat(parts: readonly Uint8Array[], total: number): Uint8Array {
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export interface Stored {
  readonly write: SegmentWrite;
  readonly dropSlots: readonly number[];
}

/** What S5 is applied by: the clock (ms since 1970), and how long to keep a recording, if there is one. */
export interface RetentionContext {
  readonly now: number;
  readonly recording: Retention | null;
}

/** Moves the tail into the newest segment, while that is open, or into a new one. */
export function storeTail(
  segments: Segments,
  tail: Tail,
  read: (slot: number) => Uint8Array,
  keeping: RetentionContext,
): Stored {
  const at = keeping.now;
  const newest = segments.list.at(-1);
  if (newest !== undefined && newest.epoch === tail.epoch && newest.bytes < ROOM_LIMITS.openSegmentBytes) {
    const before = readSegment(segments, newest.slot, read);
    const data = concat([before, ...tail.batches], newest.bytes + tail.bytes);
    const write = { ...newest, last: tail.last, bytes: data.length, at, data };
    segments.list[segments.list.length - 1] = infoOf(write);
    remember(segments, write);
    return { write, dropSlots: [] };
  }
  const freed = discard(segments, tail, keeping);
  const [reused, ...dropSlots] = freed;
  const slot = reused ?? 1 + segments.list.reduce((highest, segment) => Math.max(highest, segment.slot), 0);
  const data = concat(tail.batches, tail.bytes);
  const write = {
    slot,
    position: (newest?.position ?? 0) + 1,
    epoch: tail.epoch,
    first: tail.first,
    last: tail.last,
    bytes: data.length,
    at,
    data,
  };
  segments.list.push(infoOf(write));
  remember(segments, write);
  return { write, dropSlots };
}

function infoOf({ data: _, ...info }: SegmentWrite): SegmentInfo {
  return info;
}

/** A segment just written is read from here for the rest of the event: the store has it only afterwards. */
function remember(segments: Segments, write: SegmentWrite): void {
  segments.cache.delete(write.slot);
  readSegment(segments, write.slot, () => write.data);
}

/** S5: takes the oldest segments off the list that the bounds no longer keep; their slots are free. */
export function discard(segments: Segments, tail: Tail | null, keeping: RetentionContext): number[] {
  const gone = segments.list.splice(
    0,
    surplus(segments.list, tailSize(tail), keeping.recording, keeping.now),
  );
  for (const { slot } of gone) segments.cache.delete(slot);
  return gone.map(({ slot }) => slot);
}

export function tailSize(tail: Tail | null): TailSize {
  return tail === null ? { bytes: 0, frames: 0 } : { bytes: tail.bytes, frames: tail.last - tail.first + 1 };
}

/** The lowest number of `epoch` in what S5 keeps without a recording, or null. */
export function firstRecent(segments: Segments, epoch: string, tail: Tail | null): number | null {
  const from = recentFrom(segments.list, tailSize(tail));
  return segments.list.find((segment, index) => index >= from && segment.epoch === epoch)?.first ?? null;
}

/** The highest number of `epoch` that is stored, or 0. */
export function lastStored(segments: Segments, epoch: string): number {
  return segments.list.findLast((segment) => segment.epoch === epoch)?.last ?? 0;
}

/** The segment of `epoch` that holds `sequence`, or the first one after it. */
export function segmentAt(segments: Segments, epoch: string, sequence: number): SegmentInfo | undefined {
  return segments.list.find((segment) => segment.epoch === epoch && segment.last >= sequence);
}
