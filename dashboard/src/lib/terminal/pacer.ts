import { FIRST_PACE, nextPace, type Pace, shareOf } from './pacing.ts';

/** Someone with bytes to parse. */
export interface Reader {
  /** True while it could take bytes now. */
  readonly ready: boolean;
  /** Bytes that wait. */
  readonly waiting: number;
  /** Parses up to `max` bytes; returns how many it took. */
  pump(max: number): number;
}

/** The page's frames; a fake one in tests. */
export interface Frames {
  request(run: (time: number) => void): void;
  /** ms, of the clock that frames are told in. */
  now(): number;
  /** Nothing is drawn, and no frame comes. */
  readonly hidden: boolean;
}

/**
 * Terminals that are drawn again in one frame. With more in flood they take turns: each is drawn less often,
 * and no frame draws them all.
 */
export const TURNS_PER_FRAME = 2;
/** Bytes that go through at once after a quiet moment: an echo never waits for a frame. */
export const ECHO_BYTES = 4 * 1024;
/** ms without bytes that make a moment quiet. */
export const QUIET_MS = 30;

/**
 * One loop for all terminals of the page: each frame's allowance goes round among those that have something
 * to show. A hidden page draws nothing, so there everything is parsed as it comes.
 */
export class Pacer {
  readonly #frames: Frames;
  readonly #readers: Reader[] = [];
  readonly #pumpedAt = new WeakMap<Reader, number>();
  #pace: Pace = FIRST_PACE;
  #spent = 0;
  /** Frames still to leave out. */
  #rest = 0;
  #asked = false;
  /** When the frame before began; null after a pause, which says nothing about speed. */
  #last: number | null = null;

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  add(reader: Reader): () => void {
    this.#readers.push(reader);
    return () => {
      const index = this.#readers.indexOf(reader);
      if (index >= 0) this.#readers.splice(index, 1);
    };
  }

  /** `reader` has something new, or has parsed what it had. */
  wake(reader: Reader): void {
    if (!reader.ready) return;
    if (this.#frames.hidden) {
      reader.pump(Number.POSITIVE_INFINITY);
      return;
    }
    if (reader.waiting <= ECHO_BYTES && this.#quiet(reader)) this.#pump(reader, ECHO_BYTES);
    this.#ask();
  }

  /** The page was hidden or shown. */
  visibilityChanged(): void {
    for (const reader of [...this.#readers]) this.wake(reader);
  }

  #quiet(reader: Reader): boolean {
    return this.#frames.now() - (this.#pumpedAt.get(reader) ?? Number.NEGATIVE_INFINITY) > QUIET_MS;
  }

  #pump(reader: Reader, max: number): void {
    this.#pumpedAt.set(reader, this.#frames.now());
    this.#spent += reader.pump(max);
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#frames.request((time) => this.#tick(time));
  }

  #tick(time: number): void {
    this.#asked = false;
    if (this.#last !== null && this.#spent > 0) {
      this.#pace = nextPace(this.#pace, { interval: time - this.#last, spent: this.#spent });
      this.#rest = Math.floor(this.#pace.rest);
    }
    this.#spent = 0;
    this.#last = time;
    const waiting = this.#readers.some((reader) => reader.ready);
    if (waiting && this.#rest === 0) this.#turns();
    else if (this.#rest > 0) this.#rest -= 1;
    if (waiting) this.#ask();
    else this.#last = null;
  }

  /** A terminal that was served goes to the end of the queue. */
  #turns(): void {
    const line = this.#readers.filter((reader) => reader.ready);
    const share = shareOf(
      this.#pace,
      line.reduce((sum, reader) => sum + reader.waiting, 0),
    );
    for (const [index, reader] of line.slice(0, TURNS_PER_FRAME).entries()) {
      const turns = Math.min(line.length, TURNS_PER_FRAME) - index;
      this.#pump(reader, Math.max(1, Math.ceil((share - this.#spent) / turns)));
      this.#readers.push(...this.#readers.splice(this.#readers.indexOf(reader), 1));
    }
  }
}
