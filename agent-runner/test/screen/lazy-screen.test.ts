import type { Epoch } from '@muster/protocol';
import { expect, test, vi } from 'vitest';
import { LazyScreen } from '../../src/screen/lazy-screen.ts';
import type { ScreenDeps } from '../../src/screen/screen.ts';

vi.mock('../../src/screen/screen.ts', () => {
  throw new Error('the file is gone');
});

test('an emulator that cannot be loaded is said once, and ends nothing', async () => {
  const warnings: string[] = [];
  const rejected = vi.fn();
  process.on('unhandledRejection', rejected);
  const deps: Pick<ScreenDeps, 'head' | 'now' | 'warn'> = {
    head: () => ({ epoch: '0123456789abcdef' as Epoch, sequence: 1 }),
    now: () => 0,
    warn: (_, what) => warnings.push(what),
  };
  // Before it is loaded a screen needs no more than these.
  const screen = new LazyScreen(deps as ScreenDeps);
  // P8: known before anything is loaded, so that plain output is not hurried after.
  expect(['plain', '\x1b[31mred', '\x1b[6n'].map((text) => screen.mayQuery(Buffer.from(text)))).toEqual([
    false,
    false,
    true,
  ]);
  screen.outputWritten(10, false);
  await vi.waitFor(() => expect(warnings).toEqual(['the terminal emulator cannot be loaded']));
  screen.outputWritten(10, false);
  screen.snapshotRequested();
  screen.programExited();
  await new Promise((resolve) => setImmediate(resolve));
  expect([warnings.length, rejected.mock.calls.length]).toEqual([1, 0]);
  process.off('unhandledRejection', rejected);
});
