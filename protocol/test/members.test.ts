import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import { AgentLimitSchema, EmailSchema, isAgentVisible, LIMITS } from '../src/index.ts';

const web = { agentId: 'one', labels: { team: 'web', tier: 'front' } };

describe('[X5] a limit to some agents', () => {
  it.each([
    ['none at all', [], true],
    ['its name', [{ names: ['two', 'one'] }], true],
    ['another name', [{ names: ['two'] }], false],
    ['one of its labels', [{ labels: { team: 'web' } }], true],
    ['all its labels', [{ labels: { team: 'web', tier: 'front' } }], true],
    ['one of its labels and one that it has not', [{ labels: { team: 'web', tier: 'back' } }], false],
    ['a label with another value', [{ labels: { team: 'api' } }], false],
    ['another name, but its label', [{ names: ['two'], labels: { team: 'web' } }], true],
    ['nothing', [{}], false],
    ['no names and no labels', [{ names: [], labels: {} }], false],
    ['a name that every object has', [{ labels: { constructor: 'x' } }], false],
    ['two that both let it be seen', [{ names: ['one'] }, { labels: { team: 'web' } }], true],
    ['two of which one does not', [{ names: ['one'] }, { labels: { team: 'api' } }], false],
  ])('%s', (_what, limits, expected) => {
    expect(isAgentVisible(limits, web)).toBe(expected);
  });

  it('one more never shows more', () => {
    const name = fc.constantFrom('one', 'two');
    const labels = fc.dictionary(fc.constantFrom('team', 'tier'), fc.constantFrom('web', 'api'));
    const limit = fc.record({ names: fc.array(name), labels }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(limit), limit, fc.record({ agentId: name, labels }), (limits, more, agent) => {
        if (isAgentVisible([...limits, more], agent)) expect(isAgentVisible(limits, agent)).toBe(true);
      }),
    );
  });

  it('names a bounded number of agents', () => {
    const names = Array.from({ length: LIMITS.limitNames + 1 }, (_, n) => `a${n}`);
    expect(AgentLimitSchema.safeParse({ names }).success).toBe(false);
    expect(AgentLimitSchema.safeParse({ names: names.slice(1) }).success).toBe(true);
    // A socket keeps it: by its bytes, however few its characters are.
    const long = ['x', 'ł'].map((letter) => letter.repeat(LIMITS.nameChars));
    const most = Math.floor(LIMITS.limitBytes / (LIMITS.nameChars + 3)) - 1;
    const limits = long.map((name) => ({ names: Array.from({ length: most }, () => name) }));
    expect(limits.map((limit) => AgentLimitSchema.safeParse(limit).success)).toEqual([true, false]);
  });
});

it('[X2] an e-mail address is one however it was typed', () => {
  expect(EmailSchema.parse(' Ada@Example.org ')).toBe('ada@example.org');
  expect(EmailSchema.safeParse('ada').success).toBe(false);
});
