import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type PendingAction, UNDO_MS, UndoQueue } from '../../src/lib/agents/undo-queue.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function acts() {
  const shown: (readonly PendingAction[])[] = [];
  const all = new UndoQueue((list) => shown.push(list));
  const stop = (agentId: string) => all.wait({ agentId, name: agentId, action: 'stop' });
  return { all, stop, shown: () => (shown.at(-1) ?? []).map(({ agentId }) => agentId) };
}

describe('an action that may be taken back', () => {
  test('is sent after 5 s, and is shown until then', async () => {
    const { stop, shown } = acts();
    const ending = stop('shell');
    expect(shown()).toEqual(['shell']);
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(shown()).toEqual(['shell']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await ending).toBe('send');
    expect(shown()).toEqual([]);
  });

  test('that is taken back is never sent', async () => {
    const { all, stop, shown } = acts();
    const ending = stop('shell');
    all.undo(1);
    expect(await ending).toBe('undone');
    expect(shown()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that another of its agent replaces is not sent either; others wait on', async () => {
    const { all, stop, shown } = acts();
    const first = stop('shell');
    void stop('build');
    void all.wait({ agentId: 'shell', name: 'Shell', action: 'restart' });
    expect(await first).toBe('undone');
    expect(shown()).toEqual(['build', 'shell']);
  });

  test('is sent at once by a second press', async () => {
    const { all, stop } = acts();
    const ending = stop('shell');
    expect(all.now('other')).toBe(false);
    expect(all.now('shell')).toBe(true);
    expect(await ending).toBe('send');
  });

  test('is given to whoever closes the page, once', async () => {
    const { all, stop } = acts();
    const ending = stop('shell');
    expect(all.leave().map(({ agentId, action }) => [agentId, action])).toEqual([['shell', 'stop']]);
    expect(await ending).toBe('left');
    expect(all.leave()).toEqual([]);
  });
});
