import { setFlagsFromString } from 'node:v8';

/** V8's names for what optimizes a function that is called often; what comes before (Sparkplug) stays. */
const COMPILERS = ['maglev', 'opt'] as const;

/**
 * F11: V8's optimizing compilers are 1 to 8 MB of Node's file, and already a start calls some of Node's own functions
 * often enough to wake them. A process that waits all its life, as the runner does, does without; a keeper does not:
 * it cost a key's echo a quarter of its time (F3).
 */
export function withoutCompilers(): void {
  for (const name of COMPILERS) setFlagsFromString(`--no-${name}`);
}
