import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/lib/commands/duration.ts';
import { resultOf, toneOfCommand } from '../../src/lib/commands/result.ts';

describe('[Q11] how a command ended', () => {
  test.each([
    [{ status: 'completed', exitCode: 0 }, 'exit 0', 'good'],
    [{ status: 'failed', exitCode: 2 }, 'exit 2', 'bad'],
    [{ status: 'failed', signal: 'SIGKILL', exitCode: null }, 'SIGKILL', 'bad'],
    [{ status: 'failed', error: 'COMMAND_TIMEOUT', signal: 'SIGTERM' }, 'timed out', 'bad'],
    [{ status: 'failed', error: 'RESOURCE_EXHAUSTED' }, 'could not start', 'bad'],
    [{ status: 'failed', error: 'INVALID_MESSAGE' }, 'could not start', 'bad'],
    [{ status: 'failed', error: 'RESOURCE_EXHAUSTED', executionTime: 5 }, 'resource exhausted', 'bad'],
    [{ status: 'interrupted', signal: 'SIGINT' }, 'stopped', 'hold'],
    [{ status: 'cancelled' }, 'cancelled', 'rest'],
    [{ status: 'queued' }, 'waiting', 'wait'],
    [{ status: 'running' }, 'running', 'busy'],
    [{ status: 'of-a-newer-server' }, 'of-a-newer-server', 'rest'],
  ])('%o is %s', (told, words, tone) => {
    expect([resultOf(told), toneOfCommand(told)]).toEqual([words, tone]);
  });
});

describe('a span of time', () => {
  test.each([
    ['', null],
    ['90s', 90_000],
    ['90', 90_000],
    ['1.5 m', 90_000],
    ['1h 30m', 5_400_000],
    ['250ms', 250],
    ['7D', 604_800_000],
  ])('typed as "%s" is read', (typed, ms) => {
    expect(parseDuration(typed)).toEqual({ ok: true, value: ms });
  });
  test.each(['soon', '5 apples', '0', '-3s', '8d', '1h x'])('"%s" is none', (typed) => {
    expect(parseDuration(typed).ok).toBe(false);
  });
  test.each([
    [-5, '0.0s'],
    [34, '34ms'],
    [420, '0.4s'],
    [9_990, '9.9s'],
    [10_000, '10s'],
    [185_000, '3m 05s'],
  ])('%d ms ran %s', (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });
});
