import { setFlagsFromString } from 'node:v8';

/** V8's names for what optimizes a function that is called often; what comes before (Sparkplug) stays. */
const COMPILERS = ['maglev', 'opt'] as const;

/** For Node's command line, which counts from the first instruction: Node's own start wakes them too. */
export const WITHOUT_COMPILERS: readonly string[] = COMPILERS.map((name) => `--no-${name}`);

/**
 * F11: V8's optimizing compilers are 1 to 8 MB of Node's file, and already a start calls some of Node's own functions
 * often enough to wake them. A process that waits all its life, as the runner does, does without.
 */
export function withoutCompilers(): void {
  for (const flag of WITHOUT_COMPILERS) setFlagsFromString(flag);
}

/** A process whose stream flows needs them: without, a key's echo took a quarter more time (F3). */
export function withCompilers(): void {
  for (const name of COMPILERS) setFlagsFromString(`--${name}`);
}
