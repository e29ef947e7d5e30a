/** The longest a timer can be set for, ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** One timer that a pure core moves about: it rings once, at the moment set last. */
export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** `at`: ms since 1970; null: not at all. */
  set(at: number | null, now: number): void {
    clearTimeout(this.#timer);
    if (at !== null) this.#timer = setTimeout(this.#ring, Math.min(LONGEST_MS, Math.max(0, at - now)));
  }
}
