import { backoff, type RestartPolicy } from '@muster/protocol';

/** A program that was up for so long starts the row anew, ms. */
export const STEADY_MS = 60_000;

/** How long to wait before a program that ended by itself is started again; null: not at all. */
export function restartDelay(policy: RestartPolicy, failed: boolean, restartsInARow: number): number | null {
  if (policy === 'never' || (policy === 'on-failure' && !failed)) return null;
  return backoff(restartsInARow + 1);
}
