import { afterEach, describe, expect, it, vi } from 'vitest';
import { followTakeovers } from '../../src/lib/notifications/takeover.ts';

/** The browser's side of a page: whether a worker is there, and whether anybody has pressed anything. */
function pageWith({ controlled, touched }: { controlled: boolean; touched: boolean }) {
  const workers = Object.assign(new EventTarget(), { controller: controlled ? {} : null });
  const reload = vi.fn();
  vi.stubGlobal('navigator', { userActivation: { hasBeenActive: touched } });
  vi.stubGlobal('location', { reload });
  const tell = vi.fn();
  const stop = followTakeovers(workers, tell);
  return { reload, tell, stop, change: () => workers.dispatchEvent(new Event('controllerchange')) };
}
afterEach(() => vi.unstubAllGlobals());

describe('[F16] a new version that takes over', () => {
  it('reloads a page that nobody has touched', () => {
    const { reload, tell, change } = pageWith({ controlled: true, touched: false });
    change();
    expect(reload).toHaveBeenCalledOnce();
    expect(tell).not.toHaveBeenCalled();
  });

  it('is told where somebody may be in the middle of something', () => {
    const { reload, tell, change } = pageWith({ controlled: true, touched: true });
    change();
    expect(tell).toHaveBeenCalledOnce();
    expect(reload).not.toHaveBeenCalled();
  });

  it('is none where the page had no worker before', () => {
    const { reload, tell, change } = pageWith({ controlled: false, touched: false });
    change();
    expect([reload.mock.calls.length, tell.mock.calls.length]).toEqual([0, 0]);
  });

  it('is followed until the page ends it', () => {
    const { reload, stop, change } = pageWith({ controlled: true, touched: false });
    stop();
    change();
    expect(reload).not.toHaveBeenCalled();
  });
});
