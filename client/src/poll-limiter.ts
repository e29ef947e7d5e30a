import { LIMITS } from '@muster/protocol';

/** A browser has 6 connections to one server over HTTP/1.1: as many long polls leave two to speak with. */
const MAX_CONCURRENT_POLLS = 4;
/** How long a poll waits for something to come while others wait for their turn, ms. */
const SHARED_WAIT_MS = 1_000;

/** The long polls of one client take turns, so that they never hold all connections to the server. */
export class PollLimiter {
  #active = 0;
  readonly #waiting: (() => void)[] = [];
  /** How many take turns. */
  #pollers = 0;

  add(): void {
    this.#pollers += 1;
  }

  remove(): void {
    this.#pollers -= 1;
  }

  /** `poll` is told how long it may wait, ms. */
  async run<T>(poll: (wait: number) => Promise<T>): Promise<T> {
    if (this.#active >= MAX_CONCURRENT_POLLS)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#active += 1;
    try {
      return await poll(this.#pollers > MAX_CONCURRENT_POLLS ? SHARED_WAIT_MS : LIMITS.pollWait);
    } finally {
      // The turn is handed on, or given back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#active -= 1;
      else next();
    }
  }
}
