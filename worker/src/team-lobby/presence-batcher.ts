import { LOBBY } from './core/limits.ts';

/**
 * R3: presence changes of all rooms within a second are broadcast, stored and acked together. It uses a timer
 * because an alarm would write rows: pending calls keep the object awake, and if it dies they fail and the
 * rooms report again.
 */
export class PresenceBatcher {
  readonly #flush: () => void;
  #pending: Promise<void> | null = null;

  constructor(count: () => void) {
    this.#flush = count;
  }

  /** Resolves when the pending presence has been broadcast and stored. */
  flushed(): Promise<void> {
    this.#pending ??= scheduler.wait(LOBBY.presenceInterval).then(() => {
      this.#pending = null;
      this.#flush();
    });
    return this.#pending;
  }
}
