/** The longest wait that timers take, ms: 2^31 − 1. */
const MAX_DELAY_MS = 2_147_483_647;

/** A clock that never goes back, and its timers. The shell has them: a core knows neither. Times: ms. */
export interface TimerClock {
  now(): number;
  /** Returns how to cancel it. */
  start(run: () => void, delayMs: number): () => void;
}

/** One timer, set to a time of its clock rather than for a while; `null` clears it. */
export class DeadlineTimer {
  readonly #clock: TimerClock;
  readonly #due: () => void;
  #cancel: (() => void) | null = null;
  #at: number | null = null;

  constructor(clock: TimerClock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  set(at: number | null): void {
    if (at === this.#at) return;
    this.#cancel?.();
    this.#cancel = null;
    this.#at = at;
    if (at === null) return;
    const delayMs = Math.min(Math.max(0, Math.ceil(at - this.#clock.now())), MAX_DELAY_MS);
    this.#cancel = this.#clock.start(() => {
      this.#cancel = null;
      this.#at = null;
      this.#due();
    }, delayMs);
  }
}
