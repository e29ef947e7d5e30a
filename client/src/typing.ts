import type { CommandId } from '@muster/protocol';
import { Alarm } from './alarm.ts';

/**
 * Input goes at once after a quiet moment, and what follows within this, ms, goes together: a mouse that is
 * dragged over a terminal stays within the 100 messages a second of a socket (L).
 */
export const TYPING_MS = 12;

/** What goes to a program; `answer`: the terminal says it by itself (X6). `commandId`: to that command instead. */
export interface Keys {
  readonly data: string | Uint8Array;
  readonly answer: boolean;
  readonly commandId: CommandId | undefined;
  /** P9: nothing comes behind them. */
  readonly end?: boolean;
}

/** Two texts of one kind as one; null: they go apart. */
function joined(left: Keys, right: Keys): Keys | null {
  if (typeof left.data !== 'string' || typeof right.data !== 'string') return null;
  if (left.end === true || right.end === true) return null;
  if (left.answer !== right.answer || left.commandId !== right.commandId) return null;
  return { ...left, data: left.data + right.data };
}

/** Keeps input in order and paces its messages. `send` is called with what is to go now. */
export class Typing {
  readonly #send: (keys: Keys) => void;
  readonly #alarm = new Alarm(() => this.#flush());
  #held: Keys[] = [];
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(send: (keys: Keys) => void) {
    this.#send = send;
  }

  push(keys: Keys): void {
    const last = this.#held.at(-1);
    const together = last === undefined ? null : joined(last, keys);
    if (together === null) this.#held.push(keys);
    else this.#held[this.#held.length - 1] = together;
    const due = this.#sentAt + TYPING_MS;
    if (Date.now() >= due) this.#flush();
    else this.#alarm.set(due);
  }

  /** The socket is gone: what was not sent never will be (I2). True when there was any. */
  drop(): boolean {
    const had = this.#held.length > 0;
    this.#held = [];
    this.#alarm.set(null);
    return had;
  }

  #flush(): void {
    this.#alarm.set(null);
    this.#sentAt = Date.now();
    const held = this.#held;
    this.#held = [];
    for (const keys of held) this.#send(keys);
  }
}
