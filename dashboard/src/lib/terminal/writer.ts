import type { Pacer, Reader } from './pacer.ts';
import { type Action, WriteQueue } from './write-queue.ts';

/** Where bytes end: a terminal emulator that parses in its own time and says when it is through. */
export interface ByteSink {
  write(data: Uint8Array, done?: () => void): void;
}

/** Bytes of one write: about a millisecond of parsing, so that the emulator can stop in between. */
const PIECE_BYTES = 16 * 1024;

/** One terminal's half of the pacing: bytes and actions in order, one portion at a time. */
export class TerminalWriter implements Reader {
  readonly #queue = new WriteQueue();
  readonly #pacer: Pick<Pacer, 'add' | 'wake'>;
  readonly #onDrop: (bytes: number) => void;
  readonly #leave: () => void;
  #sink: ByteSink | null = null;
  #busy = false;

  /** `onDrop` hears how many bytes were skipped when the page could not keep up. */
  constructor(pacer: Pick<Pacer, 'add' | 'wake'>, onDrop: (bytes: number) => void) {
    this.#pacer = pacer;
    this.#onDrop = onDrop;
    this.#leave = pacer.add(this);
  }

  get ready(): boolean {
    return this.#sink !== null && !this.#busy && !this.#queue.empty;
  }

  get waiting(): number {
    return this.#queue.bytes;
  }

  /** Output that arrives before the emulator is loaded is kept for it. */
  open(sink: ByteSink): void {
    this.#sink = sink;
    this.#pacer.wake(this);
  }

  write(item: Uint8Array | Action): void {
    if (typeof item !== 'function' && item.length === 0) return;
    const dropped = this.#queue.push(item);
    if (dropped > 0) this.#onDrop(dropped);
    this.#pacer.wake(this);
  }

  /** Before all that waits. */
  first(data: Uint8Array): void {
    this.#queue.unshift(data);
  }

  /** Forgets the bytes that wait; what is to be done among them is still done. */
  drop(): void {
    this.#queue.drop();
  }

  pump(max: number): number {
    const sink = this.#sink;
    if (sink === null || this.#busy) return 0;
    for (;;) {
      const taken = this.#queue.take(max, max === Number.POSITIVE_INFINITY ? max : PIECE_BYTES);
      if (taken.kind === 'nothing') return 0;
      if (taken.kind === 'action') {
        taken.run();
        continue;
      }
      this.#send(sink, taken.pieces);
      return taken.size;
    }
  }

  close(): void {
    this.#sink = null;
    this.#leave();
  }

  #send(sink: ByteSink, pieces: readonly Uint8Array[]): void {
    this.#busy = true;
    for (const piece of pieces.slice(0, -1)) sink.write(piece);
    sink.write(pieces.at(-1) ?? new Uint8Array(), () => {
      this.#busy = false;
      if (!this.#queue.empty) this.#pacer.wake(this);
    });
  }
}
