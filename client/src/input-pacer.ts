import type { CommandId } from '@muster/protocol';
import { DeadlineTimer } from './connection/index.ts';
import { WALL_CLOCK } from './timers.ts';

/**
 * Input goes at once after a quiet moment, and what follows within this, ms, goes together: a mouse that is
 * dragged over a terminal stays within the 100 messages a second of a socket (L).
 */
export const INPUT_BATCH_MS = 12;

/** Input for a program; `answer`: the terminal's own reply (X6). `commandId`: for that command instead. */
export interface ProgramInput {
  readonly data: string | Uint8Array;
  readonly answer: boolean;
  readonly commandId: CommandId | undefined;
  /** P9: this is the end of input. */
  readonly end?: boolean;
}

/** Two texts of one kind as one; null: they go apart. */
function merged(left: ProgramInput, right: ProgramInput): ProgramInput | null {
  if (typeof left.data !== 'string' || typeof right.data !== 'string') return null;
  if (left.end === true || right.end === true) return null;
  if (left.answer !== right.answer || left.commandId !== right.commandId) return null;
  return { ...left, data: left.data + right.data };
}

/** Keeps input in order and paces its messages. `send` is called with what is to go now. */
export class InputPacer {
  readonly #send: (keys: ProgramInput) => void;
  readonly #alarm = new DeadlineTimer(WALL_CLOCK, () => this.#flush());
  #pending: ProgramInput[] = [];
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(send: (keys: ProgramInput) => void) {
    this.#send = send;
  }

  push(keys: ProgramInput): void {
    const last = this.#pending.at(-1);
    const together = last === undefined ? null : merged(last, keys);
    if (together === null) this.#pending.push(keys);
    else this.#pending[this.#pending.length - 1] = together;
    const due = this.#sentAt + INPUT_BATCH_MS;
    if (Date.now() >= due) this.#flush();
    else this.#alarm.set(due);
  }

  /** The socket is gone: what was not sent never will be (I2). True when there was any. */
  drop(): boolean {
    const had = this.#pending.length > 0;
    this.#pending = [];
    this.#alarm.set(null);
    return had;
  }

  #flush(): void {
    this.#alarm.set(null);
    this.#sentAt = Date.now();
    const held = this.#pending;
    this.#pending = [];
    for (const keys of held) this.#send(keys);
  }
}
