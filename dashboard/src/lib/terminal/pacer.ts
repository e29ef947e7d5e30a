import { FIRST_PACE, nextPace, type Pace } from './pacing.ts';

/** Someone with bytes to parse. */
export interface Reader {
  /** True while it could take bytes now. */
  readonly ready: boolean;
  /** Parses up to `max` bytes; returns how many it took. */
  pump(max: number): number;
}

/** Bytes one terminal gets in its turn; enough that drawing it again is worth it. */
const TURN_BYTES = 64 * 1024;

/**
 * One loop for all terminals of the page: each frame's allowance goes round among those that have something
 * to show. Where nothing waits, bytes go through at once, so an echo never waits for a frame.
 * A hidden page draws nothing, so there everything is parsed as it comes.
 */
export class Pacer {
  readonly #readers: Reader[] = [];
  #pace: Pace = FIRST_PACE;
  #spent = 0;
  #frame: number | null = null;
  #last = 0;

  constructor() {
    document.addEventListener('visibilitychange', () => this.#flush());
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
    if (document.hidden) {
      if (reader.ready) reader.pump(Number.POSITIVE_INFINITY);
      return;
    }
    const left = this.#pace.allowance - this.#spent;
    if (left > 0 && reader.ready) this.#spent += reader.pump(Math.min(left, TURN_BYTES));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#frame !== null) return;
    this.#frame = requestAnimationFrame((time) => this.#tick(time));
  }

  #tick(time: number): void {
    this.#frame = null;
    this.#pace = nextPace(this.#pace, {
      interval: time - this.#last,
      spent: this.#last === 0 ? 0 : this.#spent,
    });
    this.#spent = 0;
    this.#last = time;
    this.#turn();
    if (this.#spent > 0 || this.#readers.some((reader) => reader.ready)) this.#schedule();
    else this.#last = 0;
  }

  /** Round robin; who was served goes to the end of the line. */
  #turn(): void {
    for (let count = this.#readers.length; count > 0; count -= 1) {
      const left = this.#pace.allowance - this.#spent;
      if (left <= 0) return;
      const reader = this.#readers.shift();
      if (reader === undefined) return;
      this.#readers.push(reader);
      if (reader.ready) this.#spent += reader.pump(Math.min(left, TURN_BYTES));
    }
  }

  #flush(): void {
    if (document.hidden) for (const reader of this.#readers) this.wake(reader);
    else this.#schedule();
  }
}
