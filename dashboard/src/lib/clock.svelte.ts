import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 1_000;
const ownTime = (): number => Date.now();

/**
 * The time, once a second, for what counts up on a page; it runs only while something reads it. Every age, duration,
 * countdown and end that is shown goes by it: what they are counted from was told by the server.
 */
class Clock {
  #serverTime = ownTime;
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, TICK_MS);
    return () => clearInterval(timer);
  });

  /** The source of the server's time. */
  follow(serverTime: () => number): void {
    this.#serverTime = serverTime;
  }

  /** ms since 1970, by the server's clock. */
  get now(): number {
    this.#subscribe();
    return this.#serverTime();
  }

  /** ms since 1970, by this machine's clock: for what it plans itself, such as when it dials again. */
  get own(): number {
    this.#subscribe();
    return ownTime();
  }
}

export const clock = new Clock();
