import type { Chunk } from '@muster/protocol';
import { Coalescer } from './coalescer.ts';
import { earliest } from './time.ts';

/** Of a command: the frames are its own, counted from 1. */
export interface OutputOf {
  readonly command: string;
  readonly commandFirst: number;
}

/** S12: what commands print, each by itself: a batch holds one command's. It takes memory for those that print. */
export class CommandOutputs {
  readonly #emit: (chunks: readonly Chunk[], of: OutputOf) => void;
  readonly #coalescers = new Map<string, Coalescer>();

  constructor(emit: (chunks: readonly Chunk[], of: OutputOf) => void) {
    this.#emit = emit;
  }

  push(command: string, stream: number, data: Uint8Array, now: number, prompt = false): void {
    const coalescer = this.#of(command);
    coalescer.push(stream, data, now);
    if (prompt) coalescer.flush(now);
  }

  /** S11: input reached it. */
  expectAnswer(command: string, now: number): void {
    this.#of(command).expectAnswer(now);
  }

  /** R2: its last byte is out, and stands before whatever is said next. */
  end(command: string, now: number): void {
    this.#coalescers.get(command)?.flushAll(now);
    this.#coalescers.delete(command);
  }

  /** When `tick` has something to do. */
  dueAt(): number | null {
    return earliest(...[...this.#coalescers.values()].map((coalescer) => coalescer.dueAt()));
  }

  tick(now: number): void {
    for (const coalescer of this.#coalescers.values()) coalescer.tick(now);
  }

  #of(command: string): Coalescer {
    const known = this.#coalescers.get(command);
    if (known !== undefined) return known;
    let printed = 0;
    const coalescer = new Coalescer((chunks) => {
      this.#emit(chunks, { command, commandFirst: printed + 1 });
      printed += chunks.length;
    });
    this.#coalescers.set(command, coalescer);
    return coalescer;
  }
}
