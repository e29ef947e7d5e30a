import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { STREAM, type TerminalSize } from '@muster/protocol';
import { FlowGate } from '../flow-gate.ts';
import type { Channel } from '../running.ts';
import { readInto, Slab } from '../slab.ts';
import { InputQueue } from './input-queue.ts';
import { resizePty } from './native.ts';
import { registerMaster, unregisterMaster } from './open-masters.ts';

/** The kernel holds far less than this of a program that has ended, bytes. */
const DRAIN_BYTES = 1024 * 1024;

/**
 * Our side of a terminal, held until the first `flow`. The other side is kept open too: while it is,
 * the kernel does not report a hang-up, and it is this report that makes libuv drop what was not read
 * yet. When the program has ended, `finish` reads to the last byte.
 */
export class PtyMaster implements Channel {
  readonly #fd: number;
  readonly #slave: number;
  readonly #stream: ReadStream;
  readonly #gate: FlowGate;
  readonly #input: InputQueue;
  #closed = false;

  constructor(fd: number, slavePath: string, output: (stream: number, data: Uint8Array) => void) {
    this.#fd = fd;
    this.#slave = openSync(slavePath, constants.O_RDWR | constants.O_NOCTTY);
    this.#input = new InputQueue((data) => this.#writeSome(data));
    this.#stream = new ReadStream(fd, { onread: readInto(new Slab(), (data) => this.#receive(data)) });
    // A hang-up by the program itself (vhangup) destroys the stream; its end is told by its exit.
    this.#stream.on('error', () => {});
    this.#gate = new FlowGate(output, this.#stream);
    registerMaster(fd);
  }

  write(data: Uint8Array): void {
    this.#input.write(data);
  }

  endInput(): void {}

  unread(): number {
    return this.#input.bytes;
  }

  resize({ cols, rows }: TerminalSize): void {
    if (!this.#stream.destroyed) resizePty(this.#fd, cols, rows);
  }

  hold(): void {
    this.#gate.hold();
  }

  flow(): void {
    this.#gate.flow();
  }

  /** Returns what can be read before the first `flow`; it is still delivered then. */
  peek(): Buffer {
    this.#drain();
    return Buffer.concat(this.#gate.waiting());
  }

  async finish(): Promise<void> {
    this.#input.close();
    this.#drain();
    await this.#gate.opened();
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.close();
    unregisterMaster(this.#fd);
    this.#stream.destroy();
    closeSync(this.#slave);
  }

  #receive(data: Uint8Array): void {
    this.#gate.pass(STREAM.stdout, data);
    this.#input.nudge();
  }

  /** The kernel says EAGAIN only when everything that ended programs wrote has been read. */
  #drain(): void {
    // Its own memory: the stream's next read has its place in the stream's already.
    const slab = new Slab();
    for (let total = 0; total < DRAIN_BYTES && !this.#stream.destroyed; ) {
      const bytes = attempt(() => readSync(this.#fd, slab.room()));
      if (bytes === 0) return;
      total += bytes;
      this.#receive(slab.take(bytes));
    }
  }

  #writeSome(data: Uint8Array): number {
    if (this.#stream.destroyed) return data.length;
    return attempt(() => writeSync(this.#fd, data));
  }
}

/** The bytes moved: none when there is nothing to read, or no room, or nobody on the other side. */
function attempt(move: () => number): number {
  try {
    return move();
  } catch {
    return 0;
  }
}
