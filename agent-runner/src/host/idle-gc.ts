import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A process is idle so long after its last activity, ms. */
const IDLE_MS = 3_000;
/** Minimum growth since the last collection, bytes: less is not worth the 20 ms it takes. */
const MIN_GROWTH_BYTES = 1024 * 1024;

export interface Memory {
  /** Resident, bytes. */
  used(): number;
  /** Collects garbage and returns free memory to the system. */
  collect(): void;
}

/** F11: collects garbage once the process is idle. V8 keeps the memory that a start or a burst took for life otherwise. */
export class IdleGc {
  readonly #memory: Memory;
  #timer: NodeJS.Timeout | null = null;
  #touchedAt = 0;
  #usedAfterGc = 0;

  constructor(memory: Memory = processMemory) {
    this.#memory = memory;
  }

  /** Records activity. */
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
