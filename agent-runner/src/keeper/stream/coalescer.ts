import { type Chunk, LIMITS } from '@muster/protocol';
import { earliest, elapsed } from './time.ts';
import { incompleteTail } from './utf8.ts';

/** S11: what follows within this many ms goes together. */
export const COALESCE_MS = 50;
/** S11: the beginning of a character waits this many ms for its rest. */
export const MAX_HOLD_MS = 20;
/**
 * S11: so many messages go at once after an input, within TOGETHER_MS of it. One would be taken by whatever
 * else the program happened to be printing, and the answer would wait its 50 ms behind that.
 */
export const ANSWERS = 4;
/** Chunks of one message: bounds the chunk table of output that alternates between streams. */
const MESSAGE_CHUNKS = 8_192;
/** The most bytes of an unfinished character. */
const MAX_PENDING_BYTES = 3;

interface Piece {
  readonly stream: number;
  readonly start: number;
  end: number;
  /** ms since 1970. */
  readonly time: number;
}
interface PendingText {
  readonly bytes: Uint8Array;
  readonly since: number;
}

/**
 * S11: gathers a program's output into messages. The first bytes after a quiet moment or after input are
 * emitted at once; chunks end between characters. The emitted data are views that live until `emit` returns.
 */
export class Coalescer {
  readonly #emit: (chunks: readonly Chunk[]) => void;
  readonly #buffer = new Uint8Array(LIMITS.outputMessageBytes);
  #used = 0;
  #pieces: Piece[] = [];
  readonly #pending = new Map<number, PendingText>();
  #emittedAt: number | null = null;
  /** Messages that may still go at once, and since when. */
  #answers = 0;
  #askedAt = 0;

  constructor(emit: (chunks: readonly Chunk[]) => void) {
    this.#emit = emit;
  }

  push(stream: number, data: Uint8Array, now: number): void {
    let at = 0;
    while (at < data.length) {
      if (this.#isFull()) this.flush(now);
      const piece = this.#pieceFor(stream, now);
      const space = Math.min(LIMITS.chunkBytes - (piece.end - piece.start), this.#buffer.length - this.#used);
      const count = Math.min(data.length - at, space);
      this.#append(piece, data.subarray(at, at + count));
      at += count;
    }
    const quiet = this.#emittedAt === null || elapsed(this.#emittedAt, now, COALESCE_MS);
    const answering = this.#answers > 0 && !elapsed(this.#askedAt, now, COALESCE_MS);
    if (this.#isFull() || quiet || answering) this.flush(now);
  }

  /** Input reached the program at `now`: its answer is among what it says next, and goes at once. */
  expectAnswer(now: number): void {
    this.#answers = ANSWERS;
    this.#askedAt = now;
  }

  /** When `tick` has something to do. */
  dueAt(): number | null {
    const together = this.#used === 0 || this.#emittedAt === null ? null : this.#emittedAt + COALESCE_MS;
    return earliest(together, ...[...this.#pending.values()].map(({ since }) => since + MAX_HOLD_MS));
  }

  tick(now: number): void {
    if ([...this.#pending.values()].some(({ since }) => elapsed(since, now, MAX_HOLD_MS))) this.flushAll(now);
    else if (this.#emittedAt === null || elapsed(this.#emittedAt, now, COALESCE_MS)) this.flush(now);
  }

  /** Emits what is there, but for the beginning of a character. */
  flush(now: number): void {
    this.#holdTail(now);
    this.#emitAll(now);
  }

  /** Emits everything: no more is coming, or not soon. */
  flushAll(now: number): void {
    this.#emitAll(now);
    for (const stream of [...this.#pending.keys()]) {
      this.#pieceFor(stream, now);
      this.#emitAll(now);
    }
  }

  #isFull(): boolean {
    return this.#used > this.#buffer.length - MAX_PENDING_BYTES - 1 || this.#pieces.length >= MESSAGE_CHUNKS;
  }

  #emitAll(now: number): void {
    if (this.#used === 0) return;
    const chunks = this.#pieces.map(({ stream, start, end, time }) => ({
      stream,
      data: this.#buffer.subarray(start, end),
      time,
    }));
    this.#pieces = [];
    this.#used = 0;
    this.#emittedAt = now;
    this.#answers = Math.max(0, this.#answers - 1);
    this.#emit(chunks);
  }

  /** The chunk that the next bytes of a stream go to. */
  #pieceFor(stream: number, now: number): Piece {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.stream === stream) {
      if (last.end - last.start < LIMITS.chunkBytes) return last;
      last.end -= incompleteTail(this.#buffer, last.start, last.end);
      return this.#begin({ stream, start: last.end, end: this.#used, time: now });
    }
    this.#holdTail(now);
    const held = this.#pending.get(stream);
    this.#pending.delete(stream);
    const piece = this.#begin({ stream, start: this.#used, end: this.#used, time: held?.since ?? now });
    if (held !== undefined) this.#append(piece, held.bytes);
    return piece;
  }

  #begin(piece: Piece): Piece {
    this.#pieces.push(piece);
    return piece;
  }

  #append(piece: Piece, data: Uint8Array): void {
    this.#buffer.set(data, this.#used);
    this.#used += data.length;
    piece.end += data.length;
  }

  /** Takes the beginning of a character off the end of the last chunk. */
  #holdTail(now: number): void {
    const last = this.#pieces.at(-1);
    if (last === undefined) return;
    const count = incompleteTail(this.#buffer, last.start, last.end);
    if (count === 0) return;
    this.#pending.set(last.stream, { bytes: this.#buffer.slice(last.end - count, last.end), since: now });
    last.end -= count;
    this.#used -= count;
    if (last.end === last.start) this.#pieces.pop();
  }
}
