/**
 * S12: below this many bytes a second on the wire compression pays: a core packs ten times that, to a fifth. Loopback
 * and data centres are above it, and stay as fast as they are.
 */
export const SLOW_BYTES_PER_S = 16 * 1024 * 1024;
/** The link is judged by what it takes in at least this time without a pause, ms: longer than a server is busy. */
export const JUDGED_MS = 500;
/** A link once found slow counts as slow for so long, ms: compressed, the output may never make it wait again. */
export const SLOW_FOR_MS = 30_000;

/** Whether the link is what holds the stream up: how fast the socket writes while something always waits for it. */
export class LinkSpeed {
  /** Since when something has been waiting, ms. */
  #since: number | null = null;
  /** Written since then. */
  #bytes = 0;
  #slowAt: number | null = null;

  reset(): void {
    this.#since = null;
    this.#slowAt = null;
  }

  /** Something waits from now on at the latest. */
  sent(now: number): void {
    if (this.#since === null) this.#begin(now);
  }

  /** `left`: bytes that still wait. */
  drained(bytes: number, left: number, now: number): void {
    if (this.#since === null) return;
    this.#bytes += bytes;
    const ms = now - this.#since;
    if (ms < 0) this.#begin(now);
    else if (ms >= JUDGED_MS) {
      this.#slowAt = (this.#bytes * 1_000) / ms < SLOW_BYTES_PER_S ? now : null;
      this.#begin(now);
    }
    if (left === 0) this.#since = null;
  }

  isSlow(now: number): boolean {
    return this.#slowAt !== null && now >= this.#slowAt && now - this.#slowAt < SLOW_FOR_MS;
  }

  #begin(now: number): void {
    this.#since = now;
    this.#bytes = 0;
  }
}
