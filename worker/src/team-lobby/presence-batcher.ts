import { LOBBY } from './core/limits.ts';

/**
 * R3: who watches is told, stored and acked for all rooms of a second together. A timer, not the alarm, which would
 * cost rows: the calls that wait keep the object awake, and if it dies they fail and the rooms tell again.
 */
export class PresenceBatcher {
  readonly #flush: () => void;
  #pending: Promise<void> | null = null;

  constructor(count: () => void) {
    this.#flush = count;
  }

  /** Resolves when the words that wait have been told and stored. */
  flushed(): Promise<void> {
    this.#pending ??= scheduler.wait(LOBBY.presenceInterval).then(() => {
      this.#pending = null;
      this.#flush();
    });
    return this.#pending;
  }
}
