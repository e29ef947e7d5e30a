import { createHash } from 'node:crypto';
import { type Epoch, type Position, readBatch } from '@muster/protocol';
import { type EpochLog, endName, readCatalog, type Segment, segmentName } from './catalog.ts';
import { Compaction } from './compaction.ts';
import { RECORD_HEADER_BYTES, recordHeader, recordsIn } from './record.ts';
import { Reserve } from './reserve.ts';
import {
  type EpochRange,
  type Found,
  SPOOL_LIMITS,
  type Spool,
  type SpoolLimits,
  type SpoolPiece,
} from './spool.ts';
import { SpoolReader } from './spool-reader.ts';
import { type Volume, VolumeFullError } from './volume.ts';

const MAX_ORDINAL = 99_999_999;

/** The spool as a log of segment files on a volume. Opening reads the tail of each epoch, not what lies before it. */
export class SpoolLog implements Spool {
  readonly found: Found;
  readonly #volume: Volume;
  readonly #limits: SpoolLimits;
  readonly #boot: string;
  readonly #reader: SpoolReader;
  readonly #reserve: Reserve;
  readonly #logs: EpochLog[];
  /** Bytes in segments that still have their output, and in those that have not. */
  #segmentBytes = 0;
  #eventSegmentBytes = 0;
  #acked: Position | null = null;

  constructor(volume: Volume, bootId: string, limits: SpoolLimits = SPOOL_LIMITS) {
    this.#volume = volume;
    this.#limits = limits;
    this.#boot = createHash('sha256').update(bootId).digest('hex').slice(0, 16);
    this.#reader = new SpoolReader(volume);
    const { epochs, found } = readCatalog(volume, this.#boot);
    this.#logs = epochs;
    this.found = found;
    for (const log of epochs) for (const segment of log.segments) this.#segmentBytes += segment.bytes;
    this.#reserve = new Reserve(volume, limits.reserveBytes);
  }

  epochs(): readonly EpochRange[] {
    return this.#logs.map(({ epoch, segments, last, complete }) => ({
      epoch,
      first: segments[0] === undefined || last < segments[0].first ? 0 : segments[0].first,
      last,
      complete,
    }));
  }

  startEpoch(epoch: Epoch): void {
    const ordinal = (this.#logs.at(-1)?.ordinal ?? 0) + 1;
    if (ordinal > MAX_ORDINAL) throw new RangeError('a spool holds at most 99,999,999 epochs in its life');
    this.#logs.push({ ordinal, epoch, boot: this.#boot, segments: [], last: 0, complete: true });
  }

  append(batch: Uint8Array, { urgent } = { urgent: false }): void {
    const log = this.#logs.at(-1);
    const header = readBatch(batch);
    if (log === undefined || !header.ok || header.value.epoch !== log.epoch) {
      throw new RangeError('a spool takes whole batches of its newest epoch');
    }
    if (header.value.first !== log.last + 1) throw new RangeError('a batch goes on where the last one ended');
    const tail = this.#write(log, [recordHeader(batch), batch], urgent);
    const added = RECORD_HEADER_BYTES + batch.length;
    const grown = { ...tail, last: header.value.last, bytes: tail.bytes + added };
    if (log.segments.at(-1)?.name === tail.name) log.segments.pop();
    log.segments.push(grown);
    log.last = grown.last;
    this.#segmentBytes += added;
    // Not when it is opened: a spool that is only read takes no space.
    if (!this.#reserve.wasTried) this.#reserve.set();
    this.#keepLimits();
  }

  reserve(): boolean {
    do {
      if (this.#reserve.set()) return true;
    } while (this.#dropOldestAcked());
    return false;
  }

  read(from: Position, maxBytes: number): SpoolPiece {
    const log = this.#logs.find(({ epoch }) => epoch === from.epoch);
    if (log === undefined || from.sequence > log.last) return { batches: [], next: from.sequence };
    return this.#reader.read(log, from.sequence, maxBytes);
  }

  ack(upTo: Position): void {
    const now = this.#indexOf(upTo.epoch);
    const before = this.#acked === null ? -1 : this.#indexOf(this.#acked.epoch);
    if (now < before || now < 0) return;
    if (now === before && this.#acked !== null && upTo.sequence <= this.#acked.sequence) return;
    this.#acked = upTo;
  }

  close(): void {
    const log = this.#logs.at(-1);
    if (log !== undefined && log.last > 0) {
      try {
        this.#volume.replace(endName(log), new TextEncoder().encode(String(log.last)), { durable: true });
      } catch (error) {
        // Without it the end counts as unknown after a reboot, which is true enough.
        if (!(error instanceof VolumeFullError)) throw error;
      }
    }
    this.#volume.close();
  }

  #indexOf(epoch: Epoch): number {
    return this.#logs.findIndex((log) => log.epoch === epoch);
  }

  /** The segment the next batch goes to; a new one has no file yet. */
  #tailFor(log: EpochLog): Segment {
    const tail = log.segments.at(-1);
    if (tail !== undefined && !tail.remnant && tail.bytes < this.#limits.segmentBytes) return tail;
    return nextOf(log);
  }

  /**
   * Returns the segment it stands in now. On a full disk the oldest of what the room has makes room for what it has
   * not. What is urgent then uses the reserve, and another file where this one may not grow.
   */
  #write(log: EpochLog, parts: readonly Uint8Array[], urgent: boolean): Segment {
    let tail = this.#tailFor(log);
    for (;;) {
      try {
        this.#volume.append(tail.name, parts);
        return tail;
      } catch (error) {
        if (!(error instanceof VolumeFullError)) throw error;
        if (this.#dropOldestAcked() || (urgent && this.#reserve.release())) continue;
        if (!urgent || tail.bytes === 0) throw error;
        tail = nextOf(log);
      }
    }
  }

  /** S2, S10: acked segments go first, then the output of the others, then the oldest remnants. */
  #keepLimits(): void {
    while (this.#segmentBytes > this.#limits.bytes) {
      if (!this.#dropOldestAcked() && !this.#compactOldest()) break;
    }
    while (
      this.#eventSegmentBytes > this.#limits.eventBytes &&
      this.#dropOldest((segment) => segment.remnant)
    );
  }

  #dropOldestAcked(): boolean {
    return this.#dropOldest((segment, index) => this.#isAcked(segment, index));
  }

  #isAcked(segment: Segment, index: number): boolean {
    if (this.#acked === null) return false;
    const acked = this.#indexOf(this.#acked.epoch);
    return index < acked || (index === acked && segment.last <= this.#acked.sequence);
  }

  /** Removes the oldest segment of all if it may go. The one appended to stays. */
  #dropOldest(may: (segment: Segment, index: number) => boolean): boolean {
    const index = this.#logs.findIndex(({ segments }) => segments.length > 0);
    const log = this.#logs[index];
    const segment = log?.segments[0];
    if (log === undefined || segment === undefined || this.#isTail(segment) || !may(segment, index))
      return false;
    this.#volume.remove(segment.name, { durable: false });
    log.segments.shift();
    this.#count(segment, -1);
    this.#forgetEmpty();
    return true;
  }

  /** Old epochs of which nothing is kept; the newest stays, since its numbers go on. */
  #forgetEmpty(): void {
    while (this.#logs.length > 1 && this.#logs[0]?.segments.length === 0) {
      const log = this.#logs.shift();
      if (log !== undefined) this.#volume.remove(endName(log), { durable: false });
    }
  }

  /** Replaces the oldest segment that has output by its remnant, joined to the one before it. False: none can be. */
  #compactOldest(): boolean {
    for (const log of this.#logs) {
      const at = log.segments.findIndex((segment) => !segment.remnant);
      const segment = log.segments[at];
      if (segment === undefined) continue;
      if (this.#isTail(segment)) return false;
      const before = log.segments[at - 1];
      const joins = before !== undefined && before.bytes < this.#limits.segmentBytes;
      return this.#replace(log, joins ? [before, segment] : [segment]);
    }
    return false;
  }

  #replace(log: EpochLog, segments: readonly [Segment, ...Segment[]]): boolean {
    const [head] = segments;
    const last = segments.at(-1)?.last ?? head.last;
    const compaction = new Compaction(log.epoch, head.first);
    for (const { name } of segments) {
      const records = recordsIn((offset, length) => this.#volume.read(name, offset, length));
      for (const record of records) compaction.add(record);
    }
    const bytes = compaction.finish(last);
    try {
      this.#volume.replace(head.name, bytes, { durable: false });
    } catch (error) {
      // No space even for the remnant: the spool stays over its limit until the next append tries again.
      if (error instanceof VolumeFullError) return false;
      throw error;
    }
    for (const segment of segments) {
      if (segment !== head) this.#volume.remove(segment.name, { durable: false });
      this.#count(segment, -1);
    }
    const remnant = { name: head.name, first: head.first, last, bytes: bytes.length, remnant: true };
    log.segments.splice(log.segments.indexOf(head), segments.length, remnant);
    this.#count(remnant, 1);
    return true;
  }

  #count(segment: Segment, sign: 1 | -1): void {
    if (segment.remnant) this.#eventSegmentBytes += sign * segment.bytes;
    else this.#segmentBytes += sign * segment.bytes;
  }

  #isTail(segment: Segment): boolean {
    const log = this.#logs.at(-1);
    return log?.segments.at(-1) === segment;
  }
}

/** A segment that begins behind the last frame. */
function nextOf(log: EpochLog): Segment {
  const first = log.last + 1;
  return { name: segmentName(log, first), first, last: first - 1, bytes: 0, remnant: false };
}
