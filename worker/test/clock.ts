import { vi } from 'vitest';

/** Time goes on, in ms, for the Worker and its objects, which share this isolate's clock. `vi.useRealTimers` ends it. */
export function pass(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
}
