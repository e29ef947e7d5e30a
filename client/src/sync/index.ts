export * from './backoff.ts';
export * from './credit.ts';
export * from './inputs.ts';
export * from './liveness.ts';
export * from './read.ts';
export * from './requests.ts';
export * from './state.ts';
export * from './stream.ts';
