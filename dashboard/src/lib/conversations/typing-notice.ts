/** ms after which somebody who still types says so again: readers take a word of it for 10 s. */
const AGAIN_MS = 4_000;

/** Tells others that somebody types: now and then while they do, and once when they stopped. */
export class TypingNotice {
  readonly #send: (typing: boolean) => void;
  /** ms; null: not told, or told that it is over. */
  #sentAt: number | null = null;

  constructor(tell: (typing: boolean) => void) {
    this.#send = tell;
  }

  /** `now`: ms. */
  typed(now: number): void {
    if (this.#sentAt !== null && now - this.#sentAt < AGAIN_MS) return;
    this.#sentAt = now;
    this.#send(true);
  }

  stop(): void {
    if (this.#sentAt === null) return;
    this.#sentAt = null;
    this.#send(false);
  }
}
