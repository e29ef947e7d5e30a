import { setFlagsFromString } from 'node:v8';

/** Events of a keeper's stream: one that starts and waits has a tenth of them, one that works has them in a second. */
const WORK_EVENTS = 100;

/** V8's names for what optimizes a function that is called often; what comes before (Sparkplug) stays. */
const COMPILERS = ['maglev', 'opt'] as const;

/**
 * F11: V8's optimizing compilers are 2 to 8 MB of Node's file, and already a start calls some of Node's own functions
 * often enough to wake them. A process that only waits does without.
 */
export function withoutCompilers(): void {
  for (const name of COMPILERS) setFlagsFromString(`--no-${name}`);
}

/** F1: a process that works has them, from its hundredth event on. */
export class Work {
  readonly #begin: () => void;
  #left = WORK_EVENTS;

  constructor(begin: () => void = withCompilers) {
    this.#begin = begin;
  }

  event(): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    if (this.#left === 0) this.#begin();
  }
}

function withCompilers(): void {
  for (const name of COMPILERS) setFlagsFromString(`--${name}`);
}
