import { setTimeout as sleep } from 'node:timers/promises';

/** Given to the socket and not yet written by it, bytes. */
const HIGH_WATER_BYTES = 1_000_000;
const LOOK_MS = 1;
/** Between two looks at what the socket still holds: a host reads as it writes. */
const BURST = 50;

/** Sends what was asked for as fast as its socket and the other side take it. */
export class Pump {
  readonly #send: () => void;
  readonly #may: () => boolean;
  readonly #done: () => void;
  #left = 0;
  #running = false;

  constructor(send: () => void, may: () => boolean, done: () => void) {
    this.#send = send;
    this.#may = may;
    this.#done = done;
  }

  static takes(buffered: number): boolean {
    return buffered < HIGH_WATER_BYTES;
  }

  add(messages: number): void {
    this.#left += messages;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#left > 0) {
      for (let sent = 0; sent < BURST && this.#left > 0 && this.#may(); sent += 1, this.#left -= 1)
        this.#send();
      if (this.#left > 0) await sleep(this.#may() ? 0 : LOOK_MS);
    }
    this.#running = false;
    this.#done();
  }
}
