import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { STREAM, type TerminalSize } from '@muster/protocol';
import { Gate } from '../gate.ts';
import type { Channel } from '../running.ts';
import { InputQueue } from './input-queue.ts';
import { forgetMaster, noteMaster } from './masters.ts';
import { resizePty } from './native.ts';

/** One read; a pty gives some 4 kB, now and then more, bytes. */
const READ_BYTES = 64 * 1024;
/** Memory is taken in such pieces and handed on in slices: nothing is copied, bytes. */
const SLAB_BYTES = 256 * 1024;
/** What the kernel can still hold of a program that has ended is far below this, bytes. */
const DRAIN_BYTES = 1024 * 1024;

/**
 * Our side of a terminal, held until the first `flow`. The other side is held open too: while it is, the kernel does not report a
 * hang-up, and it is this report that makes libuv drop what was not read yet. When the program has
 * ended, `finish` reads to the last byte.
 */
export class PtyMaster implements Channel {
  readonly #fd: number;
  readonly #slave: number;
  readonly #stream: ReadStream;
  readonly #gate: Gate;
  readonly #input: InputQueue;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #closed = false;

  constructor(fd: number, slavePath: string, output: (stream: number, data: Uint8Array) => void) {
    this.#fd = fd;
    this.#slave = openSync(slavePath, constants.O_RDWR | constants.O_NOCTTY);
    this.#input = new InputQueue((data) => this.#writeSome(data));
    this.#stream = new ReadStream(fd, {
      onread: {
        buffer: () => this.#slab,
        callback: (bytes) => {
          this.#emit(bytes);
          return true;
        },
      },
    });
    // A hang-up by the program itself (vhangup) destroys the stream; its end is told by its exit.
    this.#stream.on('error', () => {});
    this.#gate = new Gate(output, this.#stream);
    noteMaster(fd);
  }

  write(data: Uint8Array): void {
    this.#input.write(data);
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

  /** What can be read before the first flow; it is still delivered then. */
  peek(): Buffer {
    this.#drain();
    return Buffer.concat(this.#gate.waiting());
  }

  async finish(): Promise<void> {
    this.#input.close();
    await this.#gate.opened();
    this.#drain();
    await this.#gate.opened();
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.close();
    forgetMaster(this.#fd);
    this.#stream.destroy();
    closeSync(this.#slave);
  }

  /** Hands on the bytes just read into the slab; the rest of the slab is for the next read. */
  #emit(bytes: number): void {
    const data = this.#slab.subarray(0, bytes);
    const rest = this.#slab.subarray(bytes);
    this.#slab = rest.length < READ_BYTES ? Buffer.allocUnsafeSlow(SLAB_BYTES) : rest;
    this.#gate.pass(STREAM.stdout, data);
    this.#input.nudge();
  }

  /** The kernel says EAGAIN only when everything that ended programs wrote has been read. */
  #drain(): void {
    for (let total = 0; total < DRAIN_BYTES && !this.#stream.destroyed; ) {
      const bytes = attempt(() => readSync(this.#fd, this.#slab, 0, READ_BYTES, null));
      if (bytes === 0) return;
      total += bytes;
      this.#emit(bytes);
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
