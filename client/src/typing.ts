import { Alarm } from './alarm.ts';

/**
 * Input goes at once after a quiet moment, and what follows within this, ms, goes together: a mouse that is
 * dragged over a terminal stays within the 100 messages a second of a socket (L).
 */
export const TYPING_MS = 12;

type Input = string | Uint8Array;

/** Keeps input in order and paces its messages. `send` is called with what is to go now. */
export class Typing {
  readonly #send: (data: Input) => void;
  readonly #alarm = new Alarm(() => this.#flush());
  #held: Input[] = [];
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(send: (data: Input) => void) {
    this.#send = send;
  }

  push(data: Input): void {
    const last = this.#held.at(-1);
    if (typeof last === 'string' && typeof data === 'string') this.#held[this.#held.length - 1] = last + data;
    else this.#held.push(data);
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
    for (const data of held) this.#send(data);
  }
}
