export { createClient } from './client.ts';
export { type Commands, commandsOf } from './commands.ts';
export { requestFailure } from './failure.ts';
export { FocusReporter, type Repeat } from './focus.ts';
export type * from './types.ts';
