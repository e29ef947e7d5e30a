import { describe, expect, test } from 'vitest';
import { retentionBeforeRead, retentionOf } from '../../src/lib/history/retention.ts';

const command = (status: string, stdoutBytes: number | null = null, stderrBytes: number | null = null) => ({
  status,
  stdoutBytes,
  stderrBytes,
});

describe('[B11a] what there is of a past command’s output', () => {
  test('is not asked for where there is none', () => {
    expect(retentionBeforeRead(command('cancelled'))).toEqual({ name: 'never-ran' });
    expect(retentionBeforeRead(command('queued'))).toEqual({ name: 'never-ran' });
    expect(retentionBeforeRead(command('completed', 0, 0))).toEqual({ name: 'nothing' });
    expect(retentionBeforeRead(command('completed', 0, 3))).toBeNull();
    expect(retentionBeforeRead(command('failed'))).toBeNull();
  });
  test('is counted against what the host says it printed', () => {
    expect(retentionOf(command('completed', 5, 2), 7, true)).toEqual({ name: 'whole' });
    expect(retentionOf(command('completed', 5, 2), 4, false)).toEqual({ name: 'part', missing: 3 });
    expect(retentionOf(command('completed', 5, 2), 4, true)).toEqual({ name: 'part', missing: 3 });
    expect(retentionOf(command('completed', 5, 2), 0, false)).toEqual({ name: 'gone' });
  });
  test('is what was seen, where nobody knows how much it printed', () => {
    expect(retentionOf(command('failed'), 0, true)).toEqual({ name: 'nothing' });
    expect(retentionOf(command('failed'), 0, false)).toEqual({ name: 'gone' });
    expect(retentionOf(command('failed'), 9, false)).toEqual({ name: 'some' });
    expect(retentionOf(command('running'), 9, false)).toEqual({ name: 'so-far' });
    expect(retentionOf(command('running'), 0, true)).toEqual({ name: 'so-far' });
    expect(retentionOf(command('running'), 0, false)).toEqual({ name: 'gone' });
  });
});
