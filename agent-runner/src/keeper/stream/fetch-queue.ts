import { asFetched, type Epoch, encodeGap, readBatch } from '@muster/protocol';
import { sliceBatch } from '../../spool/slice-batch.ts';
import type { Spool } from '../../spool/spool.ts';

/** Fetches that wait at once; the room asks for one per reader that has fallen behind. */
const WAITING = 1_024;

export interface Fetch {
  readonly epoch: Epoch;
  readonly from: number;
  readonly to: number;
  /** Wire bytes the reader can still take; the batch that uses them up is the last of the answer. */
  readonly maxBytes: number;
}

/** S6: answers from the deep store, piece by piece, between the frames of the live stream. */
export class FetchQueue {
  readonly #spool: Spool;
  readonly #waiting: Fetch[] = [];

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** Takes one. Where too many wait it is answered at once by a gap, which the return value is. */
  add(fetch: Fetch): Uint8Array | null {
    if (this.#waiting.length >= WAITING) return nothingOf(fetch);
    this.#waiting.push(fetch);
    return null;
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** The next piece of an answer, about `pieceBytes`, each batch as `pack` sends it; empty when nothing is asked. */
  next(pieceBytes: number, pack: (batch: Uint8Array) => Uint8Array): Uint8Array[] {
    const fetch = this.#waiting.shift();
    if (fetch === undefined) return [];
    const { epoch, from, to, maxBytes } = fetch;
    const piece = this.#spool.read({ epoch, sequence: from }, Math.min(pieceBytes, maxBytes));
    if (piece.batches.length === 0) return [nothingOf(fetch)];
    const answer = piece.batches
      .flatMap((batch) => within(batch, from, to))
      .map((batch) => asFetched(pack(batch)));
    const rest = maxBytes - answer.reduce((sum, batch) => sum + batch.length, 0);
    if (piece.next <= to && rest > 0) this.#waiting.push({ epoch, from: piece.next, to, maxBytes: rest });
    return answer;
  }
}

const nothingOf = ({ epoch, from, to }: Fetch) =>
  asFetched(encodeGap({ epoch, from, to, bytes: 0, time: 0 }));

function within(batch: Uint8Array, from: number, to: number): Uint8Array[] {
  const header = readBatch(batch);
  return header.ok && header.value.first <= to ? [sliceBatch(batch, header.value, from, to)] : [];
}
