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
