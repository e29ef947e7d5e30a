import { vi } from 'vitest';

/** A real agent starts in seconds, on a busy machine in many, ms. */
const MOST_MS = 90_000;
const EVERY_MS = 50;

/** Resolves to the result of `check` once it passes. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: MOST_MS, interval: EVERY_MS });
