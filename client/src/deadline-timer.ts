/** setTimeout takes at most 2^31 − 1 ms. */
const MAX_DELAY_MS = 2_147_483_647;

/** One timer, set to a time (ms since 1970) rather than for a while; `null` clears it. */
export class DeadlineTimer {
  readonly #due: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #at: number | null = null;

  constructor(due: () => void) {
    this.#due = due;
  }

  set(at: number | null): void {
    if (at === this.#at) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#at = at;
    if (at === null) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#at = null;
        this.#due();
      },
      Math.min(Math.max(0, at - Date.now()), MAX_DELAY_MS),
    );
  }
}
