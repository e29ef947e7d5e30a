export { createClient } from './client.ts';
export { requestFailure } from './failure.ts';
export type * from './types.ts';
