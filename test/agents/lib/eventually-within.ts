import { vi } from 'vitest';

const EVERY_MS = 100;

/** Resolves to the result of `check` once it passes, within `ms`. */
export const eventuallyWithin = <T>(ms: number, check: () => Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: ms, interval: EVERY_MS });
