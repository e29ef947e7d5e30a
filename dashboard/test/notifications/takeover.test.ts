import { afterEach, describe, expect, it, vi } from 'vitest';
import { followTakeover } from '../../src/lib/notifications/takeover.ts';

/** A page on which somebody has, or has not, pressed anything. */
function pageThat(touched: boolean) {
  const reload = vi.fn();
  vi.stubGlobal('navigator', { userActivation: { hasBeenActive: touched } });
  vi.stubGlobal('location', { reload });
  return { reload, tell: vi.fn() };
}
afterEach(() => vi.unstubAllGlobals());

describe('[F16] a new version that takes over', () => {
  it('reloads a page that nobody has touched', async () => {
    const { reload, tell } = pageThat(false);
    await followTakeover(Promise.resolve(), tell);
    expect([reload.mock.calls.length, tell.mock.calls.length]).toEqual([1, 0]);
  });

  it('is told where somebody may be in the middle of something', async () => {
    const { reload, tell } = pageThat(true);
    await followTakeover(Promise.resolve(), tell);
    expect([reload.mock.calls.length, tell.mock.calls.length]).toEqual([0, 1]);
  });
});
