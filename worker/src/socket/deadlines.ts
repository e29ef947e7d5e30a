/** H2: the earliest time of some, ms since 1970, where `at` gives one; null: none does. */
export function earliestOf<T>(some: Iterable<T>, at: (one: T) => number | null): number | null {
  let first: number | null = null;
  for (const one of some) {
    const time = at(one);
    if (time !== null && (first === null || time < first)) first = time;
  }
  return first;
}

/** H2: the earliest of these times, ms since 1970; null: there is none. */
export const earliest = (times: Iterable<number | null>): number | null => earliestOf(times, (time) => time);

/** H2: deadlines by id, ms since 1970. The earliest is searched for only when it was removed. */
export class Deadlines {
  readonly #at = new Map<string, number>();
  #earliest: number | null = null;

  /** Null: there is none. */
  get earliest(): number | null {
    return this.#earliest;
  }

  /** Replaces the deadline of `id`. */
  set(id: string, at: number): void {
    const before = this.#at.get(id);
    this.#at.set(id, at);
    if (this.#earliest === null || at <= this.#earliest) this.#earliest = at;
    else if (before === this.#earliest) this.#search();
  }

  delete(id: string): void {
    const before = this.#at.get(id);
    if (!this.#at.delete(id)) return;
    if (before === this.#earliest) this.#search();
  }

  #search(): void {
    this.#earliest = earliest(this.#at.values());
  }
}
