import { KIB, MIB } from '@muster/protocol';

/** Entries closer together than this (bytes) are one: credit need not be finer. */
const GRAIN = 4 * KIB;
/** Entries older than this (bytes) are forgotten: a live viewer has at most S8's 1 MiB and one message in flight. */
const SPAN = 4 * MIB;

/**
 * S8: how many wire bytes the live flow had sent when it reached a sequence, shared by all live viewers, so
 * that a forwarded batch costs no bookkeeping per viewer.
 */
export class FlowControl {
  private entries: { last: number; total: number }[] = [];
  private written = 0;
  private openedAt = 0;

  /** Wire bytes of the live flow so far. */
  get total(): number {
    return this.written;
  }

  add(last: number, bytes: number): void {
    this.written += bytes;
    const newest = this.entries.at(-1);
    if (newest !== undefined && this.written - this.openedAt <= GRAIN) {
      newest.last = last;
      newest.total = this.written;
      return;
    }
    this.openedAt = this.written - bytes;
    this.entries.push({ last, total: this.written });
    const oldest = this.entries[0];
    if (oldest !== undefined && oldest.total < this.written - SPAN) this.trim();
  }

  /** The total when everything up to `sequence` had been sent; 0 where that is not known. */
  totalAt(sequence: number): number {
    return this.entries.findLast((entry) => entry.last <= sequence)?.total ?? 0;
  }

  /** A new epoch starts its numbers again. */
  reset(): void {
    this.entries = [];
  }

  /** Half of the span at a time, so that trimming is rare. */
  private trim(): void {
    const from = this.written - SPAN / 2;
    this.entries = this.entries.filter((entry) => entry.total >= from);
  }
}
