import { ROOM_LIMITS } from '../limits.ts';
import type { CommandRecord, Ended } from './command.ts';

/** ms before the try after the `attempt`th, from 1. */
export function retryDelay(attempt: number): number {
  const delays = ROOM_LIMITS.commandRetry;
  return delays[Math.min(attempt, delays.length) - 1] ?? 0;
}

/**
 * Whether the room tries it again by itself. What nobody knows the end of may have been done (Q5), and what a person
 * ended is not wanted.
 */
export function retriesItself({ retries }: CommandRecord, { status, error, presumed }: Ended): boolean {
  return retries > 0 && status === 'failed' && !presumed && error?.code !== 'COMMAND_LOST';
}
