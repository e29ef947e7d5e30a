import { encodeGap } from '@muster/protocol';
import type { EpochLog, Segment } from './catalog.ts';
import { recordsIn, type SpoolRecord } from './record.ts';
import { sliceBatch } from './slice-batch.ts';
import type { SpoolPiece } from './spool.ts';
import type { Volume } from './volume.ts';

/** Where a read stopped, so that the next in order need not look for its place. */
interface Place {
  readonly segment: Segment;
  readonly offset: number;
}

interface PlacedRecord extends SpoolRecord {
  readonly segment: Segment;
}

/** Readers that go on at once: the stream and a few deep fetches. */
const PLACES = 8;

/** Reads an epoch in order. Whatever is not there any more, for whatever reason, is returned as a gap in its place. */
export class SpoolReader {
  readonly #volume: Volume;
  readonly #places = new Map<string, Place>();

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  read(log: EpochLog, from: number, maxBytes: number): SpoolPiece {
    const piece = new Piece(log, from);
    let newest: PlacedRecord | null = null;
    for (const record of this.#records(log, from)) {
      if (record.header.last < piece.next) continue;
      piece.add(record);
      newest = record;
      if (piece.bytes >= maxBytes) break;
    }
    if (piece.bytes < maxBytes) piece.skipTo(log.last + 1);
    // Also at the end, where a reader that follows the writer goes on with each new record.
    if (newest !== null && newest.header.last + 1 === piece.next) this.#remember(log, piece.next, newest);
    return piece.finish();
  }

  *#records(log: EpochLog, from: number): Generator<PlacedRecord> {
    const key = `${log.epoch}:${from}`;
    const place = this.#places.get(key);
    this.#places.delete(key);
    for (const segment of log.segments) {
      if (segment.last < from) continue;
      const start =
        place?.segment.name === segment.name && stillTrue(place.segment, segment) ? place.offset : 0;
      const read = (offset: number, length: number) => this.#volume.read(segment.name, offset, length);
      for (const record of recordsIn(read, start)) yield { ...record, segment };
    }
  }

  #remember(log: EpochLog, next: number, record: PlacedRecord): void {
    if (this.#places.size >= PLACES) {
      const oldest = this.#places.keys().next().value;
      if (oldest !== undefined) this.#places.delete(oldest);
    }
    this.#places.set(`${log.epoch}:${next}`, { segment: record.segment, offset: record.end });
  }
}

/** A segment that only grew still has its records where they were. */
const stillTrue = (before: Segment, now: Segment) =>
  before.remnant === now.remnant && now.bytes >= before.bytes;

/** Builds the result of one read. */
class Piece {
  next: number;
  bytes = 0;
  readonly #log: EpochLog;
  readonly #batches: Uint8Array[] = [];
  #gap: { from: number; bytes: number; time: number } | null = null;

  constructor(log: EpochLog, from: number) {
    this.#log = log;
    this.next = from;
  }

  add({ header, batch }: SpoolRecord): void {
    if (header.first > this.next) this.skipTo(header.first, 0, header.time);
    if (header.kind === 'gap') {
      this.skipTo(header.last + 1, header.rawSize, header.time);
      return;
    }
    this.#endGap();
    this.#put(sliceBatch(batch, header, this.next, header.last));
    this.next = header.last + 1;
  }

  /** The frames up to `to`, exclusive, are lost. */
  skipTo(to: number, bytes = 0, time = 0): void {
    if (to <= this.next) return;
    this.#gap ??= { from: this.next, bytes: 0, time };
    this.#gap.bytes += bytes;
    this.next = to;
  }

  finish(): SpoolPiece {
    this.#endGap();
    return { batches: this.#batches, next: this.next };
  }

  #endGap(): void {
    if (this.#gap === null) return;
    const { from, bytes, time } = this.#gap;
    this.#gap = null;
    this.#put(encodeGap({ epoch: this.#log.epoch, from, to: this.next - 1, bytes, time }));
  }

  #put(batch: Uint8Array): void {
    this.#batches.push(batch);
    this.bytes += batch.length;
  }
}
