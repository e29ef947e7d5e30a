import { type Epoch, type Position, readBatch } from '@muster/protocol';
import type { Spool } from '../../spool/spool.ts';
import { Compressor } from './compressor.ts';
import { type Fetch, FetchQueue } from './fetch-queue.ts';
import { LinkSpeed } from './link-speed.ts';
import { PendingSnapshot, type SnapshotMessage } from './pending-snapshot.ts';
import { SpoolPositions } from './spool-positions.ts';
import { elapsed } from './time.ts';
import { Unacked } from './unacked.ts';
import type { Written } from './writer.ts';

/** Bytes handed to the socket and not yet written by it; beyond this the spool is the buffer. */
export const HIGH_WATER_BYTES = 2 * 1024 * 1024;
/** Bytes sent and not acked; the room acks at every MiB it stores. */
export const WINDOW_BYTES = 16 * 1024 * 1024;
/** S4: the room is asked to store this many ms after the oldest unacked frame … */
export const FLUSH_MS = 1_000;
/** … but no sooner than this many ms after it last stored: each time is a row written, 1,200 an hour at most. */
export const FLUSH_PAUSE_MS = 3_000;
/** … and again where it has said nothing for this many ms. */
export const FLUSH_AGAIN_MS = 10_000;
/** Read from the spool at a time. */
const PIECE_BYTES = 256 * 1024;

export interface SenderOutput {
  batch(bytes: Uint8Array): void;
  flush(): void;
}

/** S3: the room asked for frames again; a repeat of that is ignored until the stream is back where it was. */
interface Rewind {
  readonly to: Position;
  readonly until: Position;
  /** A repeat came meanwhile: unless `to` is acked by then, it is sent once more. */
  repeated: boolean;
}

type Link =
  | { readonly state: 'down' }
  | { readonly state: 'greeting' }
  /** `cursor`: the next frame to send. */
  | { readonly state: 'streaming'; cursor: Position; rewind: Rewind | null };

/** Decides what is sent to the room and when: everything in the spool, in order, from the room's position (S3, S4, S6). */
export class Sender {
  readonly #spool: Spool;
  readonly #out: SenderOutput;
  readonly #positions: SpoolPositions;
  readonly #unacked: Unacked;
  readonly #fetches: FetchQueue;
  readonly #speed = new LinkSpeed();
  readonly #compressor = new Compressor();
  readonly #snapshot = new PendingSnapshot();
  #link: Link = { state: 'down' };
  #inFlight = 0;
  /** S4: when the room was asked to store, until it says what it has. */
  #flushedAt: number | null = null;
  /** The highest ack of this link. */
  #acked: Position | null = null;
  /** When an ack last said that something was stored; null: not on this link. */
  #storedAt: number | null = null;

  constructor(spool: Spool, out: SenderOutput) {
    this.#spool = spool;
    this.#out = out;
    this.#positions = new SpoolPositions(spool);
    this.#unacked = new Unacked(this.#positions);
    this.#fetches = new FetchQueue(spool);
  }

  /** Something happened, and what it asks for has a share of the processor of its own. */
  beginEvent(): void {
    this.#compressor.beginEvent();
  }

  linkUp(): void {
    this.linkDown();
    this.#link = { state: 'greeting' };
  }

  linkDown(): void {
    this.#link = { state: 'down' };
    this.#inFlight = 0;
    this.#flushedAt = null;
    this.#acked = null;
    this.#storedAt = null;
    this.#unacked.clear();
    this.#fetches.clear();
    this.#speed.reset();
  }

  /** The room reads `epoch` and wants `next`; an epoch it alone knows counts as none. */
  welcome(epoch: Epoch | null, next: number, now: number): void {
    if (this.#link.state !== 'greeting') return;
    const known = epoch !== null && this.#positions.knows(epoch);
    const cursor = known ? { epoch, sequence: next } : this.#positions.oldest();
    if (cursor === null) return;
    if (known) {
      this.#acked = { epoch, sequence: next - 1 };
      this.#spool.ack(this.#acked);
    }
    this.#link = { state: 'streaming', cursor, rewind: null };
    this.#snapshot.again(now);
    this.pump(now);
  }

  /** S14: it goes out behind its frame; a newer one takes the place of one that waits. */
  snapshot(snapshot: SnapshotMessage, now: number): void {
    this.#snapshot.offer(snapshot);
    this.pump(now);
  }

  /** A frame was written: it is sent from memory when the room is right behind it. */
  written(written: Written, now: number): void {
    const link = this.#link;
    if (link.state !== 'streaming') return;
    const { epoch, batch, first, last } = written;
    if (!this.#canStream() || link.cursor.epoch !== epoch || link.cursor.sequence !== first)
      return this.pump(now);
    this.#send(batch, { epoch, sequence: last }, now);
    link.cursor = { epoch, sequence: last + 1 };
  }

  ack(upTo: Position, now: number): void {
    if (!this.#positions.knows(upTo.epoch)) return;
    this.#spool.ack(upTo);
    this.#unacked.ack(upTo);
    if (this.#link.state !== 'streaming') return;
    const { rewind, cursor } = this.#link;
    if (rewind !== null && !this.#positions.isBefore(upTo, rewind.to)) rewind.repeated = false;
    if (this.#wasRoomReset(upTo)) this.#rewind({ ...upTo, sequence: upTo.sequence + 1 }, cursor);
    if (this.#acked === null || this.#positions.isBefore(this.#acked, upTo)) {
      this.#acked = upTo;
      this.#storedAt = now;
    }
    this.#flushedAt = null;
    this.pump(now);
  }

  resend(from: Position, now: number): void {
    const link = this.#link;
    if (link.state !== 'streaming' || !this.#positions.knows(from.epoch) || from.sequence < 1) return;
    const { rewind, cursor } = link;
    if (rewind !== null && isSamePosition(rewind.to, from)) {
      rewind.repeated = true;
      return;
    }
    if (this.#positions.isBefore(from, cursor)) this.#rewind(from, rewind?.until ?? cursor);
    this.pump(now);
  }

  fetch(fetch: Fetch, now: number): void {
    if (this.#link.state !== 'streaming' || fetch.from < 1 || fetch.to < fetch.from) return;
    const refused = this.#fetches.add(fetch);
    if (refused !== null) this.#sendBatch(refused, now);
    this.pump(now);
  }

  /** The socket has written this much of what it was given. */
  drained(bytes: number, now: number): void {
    this.#inFlight = Math.max(0, this.#inFlight - bytes);
    this.#speed.drained(bytes, this.#inFlight, now);
    this.pump(now);
  }

  /** When `tick` has something to do. */
  dueAt(): number | null {
    const since = this.#unacked.since;
    if (since === null) return null;
    if (this.#flushedAt !== null) return this.#flushedAt + FLUSH_AGAIN_MS;
    const paused = this.#storedAt === null ? since : this.#storedAt + FLUSH_PAUSE_MS;
    return Math.max(since + FLUSH_MS, paused);
  }

  /** S4. */
  tick(now: number): void {
    const since = this.#unacked.since;
    if (since === null || !this.#mayFlush(since, now)) return;
    this.#flushedAt = now;
    this.#out.flush();
  }

  #mayFlush(since: number, now: number): boolean {
    if (this.#flushedAt !== null) return elapsed(this.#flushedAt, now, FLUSH_AGAIN_MS);
    const paused = this.#storedAt === null || elapsed(this.#storedAt, now, FLUSH_PAUSE_MS);
    return paused && elapsed(since, now, FLUSH_MS);
  }

  /** Sends from the spool while the link takes it; deep fetches take turns with the stream. */
  pump(now: number): void {
    let more = true;
    while (more && this.#link.state === 'streaming') {
      const streamed = this.#canStream() && this.#sendPiece(this.#link, now);
      const fetched = this.#canSend() && this.#sendFetched(now);
      more = streamed || fetched;
    }
    this.#sendSnapshot(now);
  }

  #sendSnapshot(now: number): void {
    const link = this.#link;
    if (link.state !== 'streaming' || !this.#canSend()) return;
    const bytes = this.#snapshot.take((at) => this.#positions.isBefore(at, link.cursor), now);
    if (bytes !== null) this.#sendBatch(bytes, now);
  }

  /**
   * The room answered a flush with nothing new, though frames were sent before it: it was reset and has lost
   * what it had not stored. While no further frame comes it sees no hole, so the keeper goes back by itself.
   */
  #wasRoomReset(upTo: Position): boolean {
    const since = this.#unacked.since;
    if (this.#flushedAt === null || since === null || since > this.#flushedAt) return false;
    return this.#acked !== null && !this.#positions.isBefore(this.#acked, upTo);
  }

  #canStream(): boolean {
    return this.#canSend() && this.#unacked.bytes < WINDOW_BYTES;
  }

  #canSend(): boolean {
    return this.#inFlight < HIGH_WATER_BYTES && !this.#compressor.isExhausted;
  }

  /** S12: the spool holds what was written; it is compressed on its way, while the link is what it waits for. */
  #compressIfSlow(batch: Uint8Array, now: number): Uint8Array {
    return this.#speed.isSlow(now) ? this.#compressor.compress(batch) : batch;
  }

  #sendPiece(link: Extract<Link, { state: 'streaming' }>, now: number): boolean {
    const { epoch } = link.cursor;
    const piece = this.#spool.read(link.cursor, PIECE_BYTES);
    for (const batch of piece.batches) {
      const header = readBatch(batch);
      if (header.ok) this.#send(batch, { epoch, sequence: header.value.last }, now);
    }
    link.cursor = { epoch, sequence: piece.next };
    if (piece.batches.length > 0) {
      this.#endRewind(link);
      return true;
    }
    const next = this.#positions.after(epoch);
    if (next !== null) link.cursor = next;
    return next !== null;
  }

  #sendFetched(now: number): boolean {
    const batches = this.#fetches.next(PIECE_BYTES, (batch) => this.#compressIfSlow(batch, now));
    for (const batch of batches) this.#sendBatch(batch, now);
    return batches.length > 0;
  }

  #send(batch: Uint8Array, last: Position, now: number): void {
    const packed = this.#compressIfSlow(batch, now);
    this.#unacked.add(last, packed.length, now);
    this.#sendBatch(packed, now);
  }

  #sendBatch(batch: Uint8Array, now: number): void {
    this.#inFlight += batch.length;
    this.#speed.sent(now);
    this.#out.batch(batch);
  }

  #rewind(to: Position, until: Position): void {
    this.#unacked.rewind(to);
    this.#link = { state: 'streaming', cursor: to, rewind: { to, until, repeated: false } };
  }

  #endRewind(link: Extract<Link, { state: 'streaming' }>): void {
    const { rewind, cursor } = link;
    if (rewind === null || this.#positions.isBefore(cursor, rewind.until)) return;
    link.rewind = null;
    if (rewind.repeated) this.#rewind(rewind.to, cursor);
  }
}

const isSamePosition = (a: Position, b: Position) => a.epoch === b.epoch && a.sequence === b.sequence;
