export { DeadlineTimer, type TimerClock } from './deadline-timer.ts';
export {
  connectionDeadline,
  handleConnection,
  MANUAL_AFTER,
  NO_CLOSE,
  newConnection,
  offersManual,
  STABLE_MS,
} from './handle.ts';
export { DEAD_AFTER_MS, PING_EVERY_MS, PROBE_MS } from './liveness.ts';
export { VIEWER_CONNECTION } from './options.ts';
export * from './server-clock.ts';
export type * from './types.ts';
