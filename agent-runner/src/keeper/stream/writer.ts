import {
  type Chunk,
  type Epoch,
  encodeBatch,
  encodeEvent,
  encodeGap,
  type StreamEvent,
} from '@muster/protocol';
import type { EpochRange, Spool } from '../../spool/spool.ts';
import { VolumeFullError } from '../../spool/volume.ts';
import type { OutputOf } from './command-outputs.ts';
import { elapsed } from './time.ts';

/** While the disk is full it is tried again this often, ms. */
export const RETRY_MS = 1_000;
/** Events that wait for a full disk; more of them are lost, as a marked gap. */
const WAITING_EVENTS = 1_000;

/** A batch that is in the spool, and the frames it stands for. */
export interface Written {
  readonly epoch: Epoch;
  readonly batch: Uint8Array;
  readonly first: number;
  readonly last: number;
}
type Waiting =
  | { readonly kind: 'event'; readonly event: StreamEvent; readonly time: number }
  | { readonly kind: 'lost'; frames: number; bytes: number; readonly time: number };
type Cause = Extract<StreamEvent, { type: 'epoch:open' }>['cause'];

/**
 * S1, S2: gives every frame its number by putting it into the spool. On a full disk output becomes a marked
 * gap; events use the spool's reserve and wait when that is used up. A number is given only to what was written,
 * so none is told two ways.
 */
export class Writer {
  readonly #spool: Spool;
  readonly #newEpoch: () => Epoch;
  readonly #written: (written: Written) => void;
  #epoch: Epoch;
  #next = 1;
  readonly #waiting: Waiting[] = [];
  /** The disk was found full then. */
  #fullSince: number | null = null;

  constructor(spool: Spool, newEpoch: () => Epoch, written: (written: Written) => void, now: number) {
    this.#spool = spool;
    this.#newEpoch = newEpoch;
    this.#written = written;
    const newest = spool.epochs().at(-1);
    if (newest !== undefined && spool.found === 'intact') {
      this.#epoch = newest.epoch;
      this.#next = newest.last + 1;
    } else {
      this.#epoch = this.openEpoch(causeOf(spool), now);
    }
  }

  get epoch(): Epoch {
    return this.#epoch;
  }

  get next(): number {
    return this.#next;
  }

  /** When `tick` has something to do: the disk is full until then. */
  dueAt(): number | null {
    return this.#fullSince === null ? null : this.#fullSince + RETRY_MS;
  }

  /** S1. The old epoch's frames stay in the spool and are delivered first. */
  openEpoch(cause: Cause, now: number): Epoch {
    const previous = previousOf(this.#spool.epochs(), cause);
    this.#epoch = this.#newEpoch();
    this.#next = 1;
    this.#spool.startEpoch(this.#epoch);
    this.event({ type: 'epoch:open', previous, cause }, now, 'first');
    return this.#epoch;
  }

  output(chunks: readonly Chunk[], now: number, of?: OutputOf): void {
    if (this.#fullSince === null) {
      const batch = encodeBatch({ kind: 'output', epoch: this.#epoch, first: this.#next, chunks, ...of });
      if (this.#append(batch, chunks.length, now)) return;
    }
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.data.length, 0);
    this.#countLost(chunks.length, bytes, now);
  }

  event(event: StreamEvent, now: number, place: 'first' | 'last' = 'last'): void {
    if (place === 'first') this.#waiting.unshift({ kind: 'event', event, time: now });
    else if (this.#waiting.length < WAITING_EVENTS) this.#waiting.push({ kind: 'event', event, time: now });
    else this.#countLost(1, 0, now);
    this.#writeWaiting(now);
  }

  /**
   * Tries a full disk again. Output is taken only when the reserve for events is set aside again: a few free bytes would
   * be used up at once, and make one more gap.
   */
  tick(now: number): void {
    if (this.#fullSince === null || !elapsed(this.#fullSince, now, RETRY_MS)) return;
    this.#fullSince = this.#spool.reserve() ? null : now;
    this.#writeWaiting(now);
  }

  /** In order, as far as it goes. On a full disk events use the reserve, with the gaps before them. */
  #writeWaiting(now: number): void {
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      // Two gaps never follow each other.
      const urgent = head.kind === 'event' || this.#waiting.length > 1;
      const epoch = this.#epoch;
      const frames = head.kind === 'lost' ? head.frames : 1;
      const batch =
        head.kind === 'event'
          ? encodeEvent(epoch, this.#next, head.event, head.time)
          : encodeGap({
              epoch,
              from: this.#next,
              to: this.#next + frames - 1,
              bytes: head.bytes,
              time: head.time,
            });
      if (!this.#append(batch, frames, now, urgent)) return;
      this.#waiting.shift();
    }
  }

  #append(batch: Uint8Array, frames: number, now: number, urgent = false): boolean {
    if (this.#fullSince === null && !this.#put(batch, false)) this.#fullSince = now;
    if (this.#fullSince !== null && !(urgent && this.#put(batch, true))) return false;
    const first = this.#next;
    this.#next += frames;
    this.#written({ epoch: this.#epoch, batch, first, last: this.#next - 1 });
    return true;
  }

  /** False: the disk takes no more. */
  #put(batch: Uint8Array, urgent: boolean): boolean {
    try {
      this.#spool.append(batch, { urgent });
      return true;
    } catch (error) {
      if (error instanceof VolumeFullError) return false;
      throw error;
    }
  }

  #countLost(frames: number, bytes: number, now: number): void {
    const last = this.#waiting.at(-1);
    if (last?.kind === 'lost') {
      last.frames += frames;
      last.bytes += bytes;
    } else {
      this.#waiting.push({ kind: 'lost', frames, bytes, time: now });
    }
  }
}

function causeOf(spool: Spool): Cause {
  if (spool.found === 'other-boot') return 'boot';
  return spool.found === 'damaged-tail' ? 'damaged-tail' : 'first';
}

/**
 * The predecessor that frame 1 names: the newest epoch of which anything is left, so that a room that misses
 * some of that knows it, whatever else a power loss took.
 */
function previousOf(
  epochs: readonly EpochRange[],
  cause: Cause,
): { epoch: Epoch; last: number; complete: boolean } | null {
  const before = epochs.findLast(({ last }) => last > 0);
  if (before === undefined) return null;
  const { epoch, last } = before;
  const isWhole = cause === 'boot' || cause === 'journal-lost';
  return { epoch, last, complete: isWhole && before.complete };
}
