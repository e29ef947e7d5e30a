import { vi } from 'vitest';

/** ms; for what hangs: a busy machine may take its time. */
const MOST_MS = 20_000;

/** Resolves when `check` passes for the first time, to what it resolves to. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: MOST_MS, interval: 50 });
