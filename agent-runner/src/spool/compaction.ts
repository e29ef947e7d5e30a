import { type Epoch, encodeGap } from '@muster/protocol';
import { joined } from './bytes.ts';
import { recordHeader, type SpoolRecord } from './record.ts';

/** A run of lost frames that is still growing. */
interface Run {
  readonly from: number;
  to: number;
  bytes: number;
  readonly time: number;
}

/** S10: what is left of records when their output is dropped: events, and one gap for each run of lost frames. */
export class Compaction {
  readonly #epoch: Epoch;
  readonly #parts: Uint8Array[] = [];
  #run: Run | null = null;
  #covered: number;

  /** `first`: the number its first frame has. */
  constructor(epoch: Epoch, first: number) {
    this.#epoch = epoch;
    this.#covered = first - 1;
  }

  add({ header, batch }: Pick<SpoolRecord, 'header' | 'batch'>): void {
    // A crash between writing a remnant and removing what it replaces leaves frames twice.
    if (header.last <= this.#covered) return;
    if (header.first > this.#covered + 1) this.#lose(header.first - 1, 0, header.time);
    if (header.kind === 'event') {
      this.#endRun();
      this.#put(batch);
    } else {
      this.#lose(header.last, header.rawSize, header.time);
    }
    this.#covered = header.last;
  }

  /** Returns the batches that replace the segments added; `last` is the number of their last frame. */
  finish(last: number): Uint8Array {
    if (last > this.#covered) this.#lose(last, 0, 0);
    this.#endRun();
    return joined(this.#parts);
  }

  #lose(to: number, bytes: number, time: number): void {
    this.#run ??= { from: this.#covered + 1, to, bytes: 0, time };
    this.#run.to = to;
    this.#run.bytes += bytes;
    this.#covered = to;
  }

  #endRun(): void {
    if (this.#run !== null) this.#put(encodeGap({ epoch: this.#epoch, ...this.#run }));
    this.#run = null;
  }

  #put(batch: Uint8Array): void {
    this.#parts.push(recordHeader(batch), batch);
  }
}
