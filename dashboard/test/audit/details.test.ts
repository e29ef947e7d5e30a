import { describe, expect, test } from 'vitest';
import { detailsOf, shortened } from '../../src/lib/audit/details.ts';

const shown = (asked: object) => detailsOf(JSON.stringify(asked)).map(({ key, value }) => `${key}: ${value}`);

describe('[X8] what was asked', () => {
  test('is names and values, and nothing of JSON', () => {
    const program = { command: 'bash', args: ['-l'] };
    const terminal = { cols: 80, rows: 24 };
    const environment = ['HOME', 'TOKEN'];
    expect(shown({ name: 'One', program, terminal, environment, autostart: true })).toEqual([
      'name: One',
      'program: bash -l',
      'terminal: cols 80, rows 24',
      'environment: HOME, TOKEN',
      'autostart: yes',
    ]);
    expect(shown({ force: false, resourceLimits: { memoryBytes: 5 }, labels: {}, commandId: null })).toEqual([
      'force: no',
      'resource limits: memory bytes 5',
      'command id: none',
    ]);
  });

  test('[X5] is never "none" where there is no limit, and a moment that can be read', () => {
    expect(shown({ agents: null, email: null, expiresAt: 1_795_204_001_300 })).toEqual([
      'agents: all',
      'email: none',
      'expires at: 2026-11-20T19:46:41.300Z',
    ]);
  });

  test('is read as far as it goes where it was cut', () => {
    const asked = JSON.stringify({ command: 'echo "a\\b" \u0007', priority: 'high' });
    for (let end = '{"command":"'.length; end < asked.indexOf(',"priority'); end += 1)
      expect(detailsOf(asked.slice(0, end))).toEqual([
        { key: 'command', value: expect.stringMatching(/…$/) },
      ]);
    const deep = '{"name":"One","program":{"command":"bash","args":["-c","a long line';
    expect(detailsOf(deep)).toContainEqual({ key: 'program', value: 'bash -c a long line…' });
  });

  test('is short at first', () => {
    expect(shortened('a'.repeat(160))).toBe('a'.repeat(160));
    expect(shortened('a'.repeat(161))).toBe(`${'a'.repeat(160)}…`);
  });

  test('stands as it is where it is a remark, or nothing that can be read', () => {
    expect(detailsOf(null)).toEqual([]);
    for (const text of ['alpha, by a token of ada', 'taken', '7', '[1]', '{"name'])
      expect(detailsOf(text)).toEqual([{ key: '', value: text }]);
  });
});
