import { type Delivered, deliver } from './deliver.ts';
import type { HistoryBatch, HistoryWriter } from './types.ts';

export const FLUSH = {
  /** How long a step may wait for others, to be written with them, ms. */
  pause: 2_000,
  /** Pauses between tries to reach D1, ms. */
  shortest: 1_000,
  longest: 3_600_000,
} as const;

/** A step that waits, since when, ms since 1970. */
interface Waiting {
  readonly at: number;
}

/** When a room writes its steps to history, from its alarm. A write that fails is repeated. */
export class HistoryFlush {
  readonly #writer: HistoryWriter;
  #retryAt: number | null = null;
  #writing = false;

  constructor(writer: HistoryWriter) {
    this.#writer = writer;
  }

  /** H2: when `write` is to be called, ms; null: nothing waits, or it is being written. */
  nextDeadline(oldest: Waiting | undefined): number | null {
    if (oldest === undefined || this.#writing) return null;
    return this.#retryAt ?? oldest.at + FLUSH.pause;
  }

  /**
   * Writes a batch and passes what D1 took to `acknowledge`. What D1 may take later is due again. Nothing is due before
   * `acknowledge` returns: it applies several events, and the first would set the alarm for what the next one settles.
   */
  async write(
    oldest: Waiting,
    gather: () => Promise<HistoryBatch>,
    now: number,
    acknowledge: (delivered: Delivered) => void,
  ): Promise<void> {
    this.#writing = true;
    const delivered = await this.#deliver(gather);
    this.#retryAt = delivered.failure === null ? null : retryAt(oldest, now);
    try {
      acknowledge(delivered);
    } finally {
      this.#writing = false;
    }
  }

  async #deliver(gather: () => Promise<HistoryBatch>): Promise<Delivered> {
    try {
      return await deliver(this.#writer, await gather());
    } catch (failure) {
      return { upTo: null, refused: [], failure };
    }
  }
}

/** Twice as long each time, by how long it waits already: the room may sleep in between, and forgets how often it tried. */
export const retryAt = (oldest: Waiting, now: number): number =>
  now + Math.min(Math.max(now - oldest.at, FLUSH.shortest), FLUSH.longest);
