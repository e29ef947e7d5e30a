/** Waits between tries of what failed, ms; the last goes on. */
const STEPS_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
const LONGEST_MS = 30_000;
/** M9: a lost socket is dialled again within this, ms: most are back at once. */
const FIRST_DIAL_MS = 500;
/** M9: each later wait varies by this much either way, so that a crowd does not come back at one moment. */
const JITTER = 0.2;

/** ms to wait before the next try. `failures`: tries that failed in a row, from 1. */
export function backoff(failures: number): number {
  return STEPS_MS[failures - 1] ?? LONGEST_MS;
}

/** M9: ms to wait before dialling again, 0 to 500, then 1, 2, 4, 8, 16, 30 s ± 20 %. `random`: 0 ≤ r < 1. */
export function dialBackoff(failures: number, random: number): number {
  return failures <= 1 ? random * FIRST_DIAL_MS : jittered(backoff(failures - 1), random);
}

/** ms to wait before dialling where only a person can help: as rarely as retries ever come. */
export function slowDialBackoff(random: number): number {
  return jittered(LONGEST_MS, random);
}

const jittered = (ms: number, random: number) => ms * (1 - JITTER + 2 * JITTER * random);
