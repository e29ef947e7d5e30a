import type { HistoryBatch, HistoryWriter } from './types.ts';

const FLUSH = {
  /** How long a step may wait for others, to be written with them, ms. */
  pause: 2_000,
  /** Pauses between tries to reach D1, ms. */
  retries: [1_000, 2_000, 4_000, 8_000, 16_000, 30_000],
} as const;

/** When a room's steps go to history, from its alarm: what fails is only told again. */
export class HistoryFlush {
  readonly #writer: HistoryWriter;
  #failures = 0;
  #retryAt: number | null = null;
  #writing = false;

  constructor(writer: HistoryWriter) {
    this.#writer = writer;
  }

  /** H2: when `write` is to be called, ms; null: nothing waits, or it is being written. */
  due(oldest: { readonly at: number } | undefined): number | null {
    if (oldest === undefined || this.#writing) return null;
    return this.#retryAt ?? oldest.at + FLUSH.pause;
  }

  /** Resolves to the number up to which all is written; null: D1 did not take it. */
  async write(gather: () => Promise<HistoryBatch>, now: number): Promise<number | null> {
    this.#writing = true;
    try {
      const batch = await gather();
      await this.#writer.write(batch);
      this.#failures = 0;
      this.#retryAt = null;
      return batch.events.at(-1)?.number ?? null;
    } catch {
      const { retries } = FLUSH;
      this.#retryAt = now + (retries[Math.min(this.#failures, retries.length - 1)] ?? FLUSH.pause);
      this.#failures += 1;
      return null;
    } finally {
      this.#writing = false;
    }
  }
}
