import type { Attention, StreamEvent } from '@muster/protocol';
import type { Signal } from '../screen/signal.ts';
import { SignalScanner } from '../screen/signal-scanner.ts';
import { Alarm } from './alarm.ts';
import { AttentionPolicy } from './attention.ts';

/** C13a: tells of the program in an agent's terminal when it asks for a person, and when it does so no more. */
export class ProgramAttention {
  readonly #policy = new AttentionPolicy();
  readonly #scanner: SignalScanner;
  readonly #alarm: Alarm;
  readonly #now: () => number;
  readonly #emit: (event: StreamEvent) => void;

  constructor(now: () => number, emit: (event: StreamEvent) => void) {
    this.#now = now;
    this.#emit = emit;
    this.#alarm = new Alarm(() => this.#publish(this.#policy.due(now())));
    this.#scanner = new SignalScanner((signal) => this.handle(signal));
  }

  /** C13b: also what a program says by its hooks. */
  handle(signal: Signal): void {
    this.#publish(this.#policy.handle(signal, this.#now()));
  }

  outputWritten(data: Uint8Array): void {
    this.#scanner.scan(data);
  }

  /** A person's input has reached the program. */
  answered(): void {
    this.#publish(this.#policy.answered());
  }

  /** The program's status is in the stream. */
  statusChanged({ status, run }: Extract<StreamEvent, { type: 'program:status' }>): void {
    if (run === undefined && status !== 'stopped' && status !== 'crashed') return;
    this.#policy.reset();
    this.close();
  }

  close(): void {
    this.#alarm.set(null, 0);
  }

  #publish(attention: Attention | null | undefined): void {
    if (attention !== undefined) this.#emit({ type: 'program:attention', attention });
    this.#alarm.set(this.#policy.dueAt, this.#now());
  }
}
