/** The wall clock is this much ahead of the steady one after a sleep, and never else, ms. */
const SLEPT_MS = 1_000;

/**
 * Time that only goes forward and counts all that goes by, in ms: the steady clock stands still while a machine sleeps,
 * and the wall clock can be set back, so a jump of the wall clock counts and a step back does not. It begins at the wall
 * clock's time.
 */
export class ElapsedTime {
  #wall = Date.now();
  #steady = performance.now();
  #ahead = this.#wall - this.#steady;

  now(): number {
    const wall = Date.now();
    const steady = performance.now();
    const slept = wall - this.#wall - (steady - this.#steady);
    if (slept > SLEPT_MS) this.#ahead += slept;
    this.#wall = wall;
    this.#steady = steady;
    return steady + this.#ahead;
  }

  /** Returns how to cancel it. */
  start(run: () => void, delayMs: number): () => void {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  }
}
