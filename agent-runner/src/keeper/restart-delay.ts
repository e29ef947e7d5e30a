import type { RestartPolicy } from '@muster/protocol';

/** Waits before restarts in a row, ms; the last goes on. */
const STEPS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
const LONGEST_MS = 30_000;
/** A program that was up for so long starts the row anew, ms. */
export const STEADY_MS = 60_000;

/** How long to wait before a program that ended by itself is started again; null: not at all. */
export function restartDelay(policy: RestartPolicy, failed: boolean, restartsInARow: number): number | null {
  if (policy === 'never' || (policy === 'on-failure' && !failed)) return null;
  return STEPS_MS[restartsInARow] ?? LONGEST_MS;
}
