import type { AgentLimit } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  isNamed,
  type LimitDraft,
  limitDraft,
  limitWords,
  toLimit,
  withAgent,
} from '../../src/lib/team/limit.ts';

const draft = (part: Partial<LimitDraft>): LimitDraft => ({ some: true, names: '', labels: '', ...part });
const slug = fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)?$/).filter((text) => text.length < 100);
const word = fc.stringMatching(/^[^\s=]{1,12}$/u).filter((text) => text !== '__proto__');

describe('[X5] a limit to some agents', () => {
  it('is read from lines, each once', () => {
    expect(
      toLimit(draft({ names: ' shell \n\nClaude, the first\nShell', labels: 'team=web\nenv = a=b' })),
    ).toEqual({
      ok: true,
      value: { names: ['shell', 'claude-the-first'], labels: { team: 'web', env: 'a=b' } },
    });
  });
  it('is none where every agent is chosen, whatever is written', () => {
    expect(toLimit(draft({ some: false, names: 'shell' }))).toEqual({ ok: true, value: null });
  });
  it.each([
    [draft({}), 'Name an agent'],
    [draft({ labels: 'web' }), 'A label is written key=value, not web.'],
    [draft({ labels: '=web' }), 'key=value'],
    [draft({ labels: '__proto__=x' }), '__proto__'],
    [draft({ names: 'x'.repeat(101) }), '100'],
    [draft({ names: '!!' }), 'a letter or a digit'],
  ])('%j is to be mended', (given, why) => {
    const result = toLimit(given);
    expect(result.ok ? 'taken' : result.error).toContain(why);
  });
  it('comes back from the form as it was', () => {
    const limits: fc.Arbitrary<AgentLimit> = fc.record({
      names: fc.uniqueArray(slug, { minLength: 1, maxLength: 5 }),
      labels: fc.dictionary(word, word, { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
    });
    fc.assert(
      fc.property(limits, (limit) => {
        expect(toLimit(limitDraft(limit))).toEqual({ ok: true, value: limit });
      }),
    );
  });
  it('takes agents from a list, each once', () => {
    expect(withAgent('', 'shell')).toBe('shell');
    expect(withAgent('Claude checkout\n', 'shell')).toBe('Claude checkout\nshell');
    expect([isNamed('Claude checkout', 'claude-checkout'), isNamed('claude', 'shell')]).toEqual([
      true,
      false,
    ]);
  });
  it('is shown in words', () => {
    expect(limitWords(null)).toBe('Every agent');
    expect(limitWords({})).toBe('No agent');
    expect(limitWords({ names: ['shell', 'claude'] })).toBe('Only shell, claude');
    expect(limitWords({ names: ['shell'], labels: { team: 'web', env: 'prod' } })).toBe(
      'Only shell, and those with team=web and env=prod',
    );
  });
});
