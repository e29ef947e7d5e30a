/** M9, for dialing out: the first retry after 0–500 ms, then 1, 2, 4, 8, 16, 30 s, each ± 20 %. */
const FIRST_MS = 500;
const STEPS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
const LONGEST_MS = 30_000;
const JITTER = 0.2;

/** How long to wait before a retry, ms. `failures`: attempts that failed in a row, from 1; `random`: 0 ≤ r < 1. */
export function retryDelay(failures: number, random: number): number {
  if (failures <= 1) return random * FIRST_MS;
  return jittered(STEPS_MS[failures - 2] ?? LONGEST_MS, random);
}

/** Where only a person can help: as rarely as retries ever come. */
export function slowDelay(random: number): number {
  return jittered(LONGEST_MS, random);
}

const jittered = (ms: number, random: number) => ms * (1 - JITTER + 2 * JITTER * random);
