import { Socket } from 'node:net';
import { STREAM } from '@muster/protocol';
import { FlowGate } from '../flow-gate.ts';
import type { Channel } from '../running.ts';
import { readInto, Slab } from '../slab.ts';
import type { Pipes } from './pipes.ts';

/**
 * When nothing of the program is left but a stranger still holds its pipes, so much silence is the
 * end, ms. Several looks: between two of them a busy process has read what was there.
 */
const SILENCE_MS = 250;
const SILENCES = 4;

/** Our side of a program's three pipes, held until the first `flow`. */
export class PipeChannel implements Channel {
  readonly #stdin: Socket;
  readonly #outputs: readonly Socket[];
  readonly #gate: FlowGate;
  readonly #closed: Promise<unknown>;
  #hasRead = false;

  constructor(pipes: Pipes, output: (stream: number, data: Uint8Array) => void) {
    this.#stdin = new Socket({ fd: pipes.stdin.ours, readable: false, writable: true });
    // Input to a program that has closed its end is lost, as it is in a shell.
    this.#stdin.on('error', () => {});
    this.#outputs = [
      this.#open(pipes.stdout.ours, STREAM.stdout),
      this.#open(pipes.stderr.ours, STREAM.stderr),
    ];
    this.#closed = Promise.all(
      this.#outputs.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))),
    );
    this.#gate = new FlowGate(output, {
      pause: () => void this.#outputs.map((socket) => socket.pause()),
      resume: () => void this.#outputs.map((socket) => socket.resume()),
    });
    this.#gate.hold();
  }

  write(data: Uint8Array): void {
    if (!this.#stdin.writableEnded) this.#stdin.write(data);
  }

  endInput(): void {
    this.#stdin.end();
  }

  resize(): void {}

  hold(): void {
    this.#gate.hold();
  }

  flow(): void {
    this.#gate.flow();
  }

  /** Both pipes say when they are empty, unless a process that is not the program's has them too. */
  async finish(): Promise<void> {
    let silences = 0;
    const watch = setInterval(() => {
      silences = this.#gate.isOpen && !this.#hasRead ? silences + 1 : 0;
      this.#hasRead = false;
      if (silences >= SILENCES) this.close();
    }, SILENCE_MS);
    await this.#closed;
    clearInterval(watch);
    this.close();
    await this.#gate.opened();
  }

  close(): void {
    for (const socket of [this.#stdin, ...this.#outputs]) socket.destroy();
  }

  #open(fd: number, stream: number): Socket {
    const onread = readInto(new Slab(), (data) => {
      this.#hasRead = true;
      this.#gate.pass(stream, data);
    });
    const socket = new Socket({ fd, readable: true, writable: false, onread });
    socket.on('error', () => {});
    return socket;
  }
}
