import { describe, expect, test } from 'vitest';
import { keptOf, keptUnread } from '../../src/lib/history/kept.ts';

const command = (status: string, stdoutBytes: number | null = null, stderrBytes: number | null = null) => ({
  status,
  stdoutBytes,
  stderrBytes,
});

describe('[B11a] what there is of a past command’s output', () => {
  test('is not asked for where there is none', () => {
    expect(keptUnread(command('cancelled'))).toEqual({ name: 'never-ran' });
    expect(keptUnread(command('queued'))).toEqual({ name: 'never-ran' });
    expect(keptUnread(command('completed', 0, 0))).toEqual({ name: 'nothing' });
    expect(keptUnread(command('completed', 0, 3))).toBeNull();
    expect(keptUnread(command('failed'))).toBeNull();
  });
  test('is counted against what the host says it printed', () => {
    expect(keptOf(command('completed', 5, 2), 7, true)).toEqual({ name: 'whole' });
    expect(keptOf(command('completed', 5, 2), 4, false)).toEqual({ name: 'part', missing: 3 });
    expect(keptOf(command('completed', 5, 2), 4, true)).toEqual({ name: 'part', missing: 3 });
    expect(keptOf(command('completed', 5, 2), 0, false)).toEqual({ name: 'gone' });
  });
  test('is what was seen, where nobody knows how much it printed', () => {
    expect(keptOf(command('failed'), 0, true)).toEqual({ name: 'nothing' });
    expect(keptOf(command('failed'), 0, false)).toEqual({ name: 'gone' });
    expect(keptOf(command('failed'), 9, false)).toEqual({ name: 'some' });
    expect(keptOf(command('running'), 9, false)).toEqual({ name: 'so-far' });
    expect(keptOf(command('running'), 0, true)).toEqual({ name: 'so-far' });
    expect(keptOf(command('running'), 0, false)).toEqual({ name: 'gone' });
  });
});
