import type { Checks } from './checks.ts';

/** H2: the platform gives an alarm again whose handler died, after a while, ms. */
export const ALARM_RETRY = 2_000;

/** H2: it rings once for what is due, and that is done then. */
export const holdRung = (checks: Checks, due: number | null, now: number): void =>
  checks.hold('H2', due === null || due > now, () => `due at ${due} after an alarm at ${now}`);
