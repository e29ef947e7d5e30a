/** What a host's runner decides: placements and their generations, who is started, what is tried again. */

export { handle } from './handle.ts';
export { newRunner } from './state.ts';
export type { Action, Context, Effect, Outcome, Runner, RunnerEvent } from './types.ts';
