import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So long after the last thing that happened a process is at rest, ms. */
const IDLE_MS = 3_000;
/** What it must have grown by since it last rested, bytes: less is not worth the 20 ms it takes. */
const MIN_GROWTH_BYTES = 1024 * 1024;

export interface Memory {
  /** Resident, bytes. */
  used(): number;
  /** Returns what can be spared to the system. */
  collect(): void;
}

/** F11: V8 keeps what a start or a burst made it take, for life, unless told that it is over. Wakes nothing by itself. */
export class IdleGc {
  readonly #memory: Memory;
  #timer: NodeJS.Timeout | null = null;
  #touchedAt = 0;
  #usedAfterGc = 0;

  constructor(memory: Memory = processMemory) {
    this.#memory = memory;
  }

  /** Something happens. */
  touch(): void {
    this.#touchedAt = performance.now();
    if (this.#timer === null) this.#schedule(IDLE_MS);
  }

  #schedule(inMs: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#touchedAt + IDLE_MS - performance.now();
      if (left > 0) return this.#schedule(left);
      this.#timer = null;
      if (this.#memory.used() < this.#usedAfterGc + MIN_GROWTH_BYTES) return;
      this.#memory.collect();
      this.#usedAfterGc = this.#memory.used();
    }, inMs).unref();
  }
}

const processMemory: Memory = {
  used: () => process.memoryUsage.rss(),
  collect: () => {
    // Without the flag at its start, a process finds the collector in contexts made after this only.
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  },
};
