import { type Chunk, LIMITS, STREAM } from '@muster/protocol';
import { COALESCE_MS } from './coalescer.ts';
import type { OutputOf } from './command-outputs.ts';
import { earliest, elapsed } from './time.ts';

/** C14: updates of a conversation in one batch, bytes: what more comes goes with the next. One alone may have more. */
const TOGETHER_BYTES = LIMITS.outputMessageBytes;

interface Conversation {
  chunks: Chunk[];
  bytes: number;
  /** Frames so far. */
  count: number;
  emittedAt: number | null;
}

/** C14: updates of conversations as frames, each whole. The first after a quiet moment goes at once, the rest together. */
export class Updates {
  readonly #emit: (chunks: readonly Chunk[], of: OutputOf) => void;
  readonly #conversations = new Map<string, Conversation>();

  constructor(emit: (chunks: readonly Chunk[], of: OutputOf) => void) {
    this.#emit = emit;
  }

  /** `data`: at most what a batch holds (S12). */
  push(conversation: string, data: Uint8Array, now: number): void {
    const known = this.#of(conversation);
    if (known.bytes + data.length > TOGETHER_BYTES) this.#flushOne(conversation, known, now);
    known.chunks.push({ stream: STREAM.update, data, time: now });
    known.bytes += data.length;
    if (known.emittedAt === null || elapsed(known.emittedAt, now, COALESCE_MS))
      this.#flushOne(conversation, known, now);
  }

  /** An event comes: what was said before it stands before it. */
  flush(now: number): void {
    for (const [conversation, known] of this.#conversations) this.#flushOne(conversation, known, now);
  }

  /** When `tick` has something to do. */
  dueAt(): number | null {
    return earliest(
      ...[...this.#conversations.values()].map(({ chunks, emittedAt }) =>
        chunks.length === 0 ? null : (emittedAt ?? 0) + COALESCE_MS,
      ),
    );
  }

  tick(now: number): void {
    for (const [conversation, known] of this.#conversations)
      if (known.emittedAt === null || elapsed(known.emittedAt, now, COALESCE_MS))
        this.#flushOne(conversation, known, now);
  }

  #flushOne(conversation: string, known: Conversation, now: number): void {
    if (known.chunks.length === 0) return;
    const { chunks } = known;
    known.chunks = [];
    known.bytes = 0;
    known.emittedAt = now;
    this.#emit(chunks, { command: conversation, commandFirst: known.count + 1 });
    known.count += chunks.length;
  }

  #of(conversation: string): Conversation {
    const known = this.#conversations.get(conversation);
    if (known !== undefined) return known;
    const made: Conversation = { chunks: [], bytes: 0, count: 0, emittedAt: null };
    this.#conversations.set(conversation, made);
    return made;
  }
}
