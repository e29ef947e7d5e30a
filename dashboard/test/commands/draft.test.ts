import { describe, expect, test } from 'vitest';
import { DEFAULTS, toRequest } from '../../src/lib/commands/draft.ts';

describe('a command that is to be run', () => {
  test('names no option that was left as it is by default', () => {
    expect(toRequest('shell', 'npm test', DEFAULTS, false)).toEqual({
      ok: true,
      value: { agentId: 'shell', command: 'npm test' },
    });
  });
  test('names every option that was chosen', () => {
    const options = { priority: 'high', timeout: '5m', interactive: true, retries: 3 } as const;
    expect(toRequest('shell', 'a\nb', options, true)).toEqual({
      ok: true,
      value: {
        agentId: 'shell',
        command: 'a\nb',
        priority: 'high',
        timeout: 300_000,
        interactive: true,
        retries: 3,
        hold: true,
      },
    });
  });
  test.each([
    ['   ', {}, 'The command must not be empty.'],
    ['a\u0007b', {}, 'The command must not hold control characters.'],
    ['x'.repeat(9_000), {}, 'The command must have at most 8192 bytes.'],
    ['ls', { timeout: 'soon' }, 'The time limit is written as 90s, 5m or 1h 30m.'],
  ])('is told what to mend before it is sent: %j', (line, part, words) => {
    expect(toRequest('shell', line, { ...DEFAULTS, ...part }, false)).toEqual({ ok: false, error: words });
  });
});
