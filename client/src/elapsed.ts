/**
 * Time that only goes forward and counts all that goes by, in ms: the steady clock stands still while a machine sleeps,
 * and the wall clock can be set back, so the one that moved more counts. It begins at the wall clock's time.
 */
export class ElapsedTime {
  #wall = Date.now();
  #steady = performance.now();
  #now = this.#wall;

  now(): number {
    const wall = Date.now();
    const steady = performance.now();
    this.#now += Math.max(0, wall - this.#wall, steady - this.#steady);
    this.#wall = wall;
    this.#steady = steady;
    return this.#now;
  }
}

/**
 * The server's clock as its messages tell it, in ms since 1970. A message takes time to arrive, so the clock is never
 * behind what was told: the latest word of all counts.
 */
export class ServerTime {
  readonly #time = new ElapsedTime();
  #ahead: number | null = null;

  /** `at`: in a message that has just arrived. */
  tell(at: number): void {
    const ahead = at - this.#time.now();
    this.#ahead = this.#ahead === null ? ahead : Math.max(this.#ahead, ahead);
  }

  /** Null: nothing told it yet. */
  now(): number | null {
    return this.#ahead === null ? null : this.#time.now() + this.#ahead;
  }
}
