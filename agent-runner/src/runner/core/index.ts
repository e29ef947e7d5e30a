/** What a host's runner decides: placements and their generations, who is started, what is tried again. */

export { handle } from './handle.ts';
export { newRunner } from './state.ts';
export type { Action, Effect, Outcome, RunnerEvent } from './types.ts';
