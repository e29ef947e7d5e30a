/** Stretches of bytes, apart from one another, in order. */
export class Spans {
  #all: { start: number; end: number }[] = [];

  /** `end` is beyond every end before it. */
  add(start: number, end: number): void {
    let first = start;
    for (let last = this.#all.at(-1); last !== undefined && last.end >= first; last = this.#all.at(-1)) {
      first = Math.min(first, last.start);
      this.#all.pop();
    }
    this.#all.push({ start: first, end });
  }

  /** Where the stretch ends that `at` lies in or at the beginning of; `at` itself when there is none. */
  endAround(at: number): number {
    return this.#all.find(({ start, end }) => start <= at && at < end)?.end ?? at;
  }

  /** Those before `at`, which no stretch reaches over; the rest count from there on. */
  take(at: number): readonly { readonly start: number; readonly end: number }[] {
    if (this.#all.length === 0) return this.#all;
    const taken = this.#all.filter(({ end }) => end <= at);
    this.#all = this.#all.slice(taken.length).map(({ start, end }) => ({ start: start - at, end: end - at }));
    return taken;
  }
}
