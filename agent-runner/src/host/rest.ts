import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So long after the last thing that happened a process is at rest, ms. */
const QUIET_MS = 3_000;
/** What it must have grown by since it last rested, bytes: less is not worth the 20 ms it takes. */
const GROWN_BYTES = 1024 * 1024;

export interface Memory {
  /** Resident, bytes. */
  used(): number;
  /** Returns what can be spared to the system. */
  giveBack(): void;
}

/** F11: V8 keeps what a start or a burst made it take, for life, unless told that it is over. Wakes nothing by itself. */
export class Rest {
  readonly #memory: Memory;
  #timer: NodeJS.Timeout | null = null;
  #lastAt = 0;
  #rested = 0;

  constructor(memory: Memory = processMemory) {
    this.#memory = memory;
  }

  /** Something happens. */
  disturb(): void {
    this.#lastAt = performance.now();
    if (this.#timer === null) this.#look(QUIET_MS);
  }

  #look(inMs: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#lastAt + QUIET_MS - performance.now();
      if (left > 0) return this.#look(left);
      this.#timer = null;
      if (this.#memory.used() < this.#rested + GROWN_BYTES) return;
      this.#memory.giveBack();
      this.#rested = this.#memory.used();
    }, inMs).unref();
  }
}

const processMemory: Memory = {
  used: () => process.memoryUsage.rss(),
  giveBack: () => {
    // Without the flag at its start, a process finds the collector in contexts made after this only.
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  },
};
