/** ms after which somebody who still types says so again: readers take a word of it for 10 s. */
const AGAIN_MS = 4_000;

/** Tells others that somebody types: now and then while they do, and once when they stopped. */
export class TypingNotice {
  readonly #tell: (typing: boolean) => void;
  /** ms; null: not told, or told that it is over. */
  #toldAt: number | null = null;

  constructor(tell: (typing: boolean) => void) {
    this.#tell = tell;
  }

  /** `now`: ms. */
  typed(now: number): void {
    if (this.#toldAt !== null && now - this.#toldAt < AGAIN_MS) return;
    this.#toldAt = now;
    this.#tell(true);
  }

  stop(): void {
    if (this.#toldAt === null) return;
    this.#toldAt = null;
    this.#tell(false);
  }
}
