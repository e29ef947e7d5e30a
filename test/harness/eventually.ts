import { vi } from 'vitest';

/** Catches what hangs, ms. A busy machine may take its time. */
const MOST_MS = 20_000;

/** Resolves to the result of `check` once it passes. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: MOST_MS, interval: 50 });
