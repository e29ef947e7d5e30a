import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 1_000;

/** The time, once a second, for what counts up on a page; it runs only while something reads it. */
class Clock {
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, TICK_MS);
    return () => clearInterval(timer);
  });

  /** ms since 1970. */
  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const clock = new Clock();
