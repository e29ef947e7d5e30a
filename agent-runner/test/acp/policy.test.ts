import type { AgentPolicy, PolicyRule, ToolItem } from '@muster/protocol';
import { MemberIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Talk } from './talk.ts';

type Json = Record<string, unknown>;
const BY = { createdBy: MemberIdSchema.parse('ada'), createdByName: 'Ada', createdAt: 1 };
const rule = (part: Pick<PolicyRule, 'decision'> & Partial<PolicyRule>): PolicyRule => ({
  ruleId: 'r1',
  ...BY,
  ...part,
});
const ALLOW_TESTS: AgentPolicy = { rules: [rule({ command: 'npm *', decision: 'allow' })] };
const EVERYTHING: AgentPolicy = {
  rules: [
    rule({ command: '*', decision: 'allow' }),
    rule({ path: '**', decision: 'allow' }),
    ...['execute', 'edit', 'read', 'fetch', 'other'].map((toolKind) => rule({ toolKind, decision: 'allow' })),
  ],
};
const running = (policy: AgentPolicy) => Talk.running({ policy });
const command = (line: unknown, beside: Json = {}): Json => ({
  toolCallId: 't',
  kind: 'execute',
  rawInput: { command: line },
  ...beside,
});
const toolOf = (talk: Talk): ToolItem => {
  const item = talk.items.find(({ kind }) => kind === 'tool');
  if (item?.kind !== 'tool') throw new Error('no tool call');
  return item;
};
const chosen = (talk: Talk, id = 1) => talk.answers(id).map((answer) => JSON.stringify(answer));
const once = (optionId: string, name = 'allow_once') => ({ optionId, name: optionId, kind: name });

describe('[C9a] a policy answers before people are asked', () => {
  it('an allow by the one option that allows once, and the call says by which rule', () => {
    const talk = running(ALLOW_TESTS);
    talk.tool('t', { kind: 'execute' });
    talk.ask(1, command('npm test'));
    expect(chosen(talk)).toEqual([expect.stringContaining('"optionId":"yes"')]);
    expect(talk.of('request:opened')).toEqual([]);
    talk.wait(1_000);
    expect(toolOf(talk).byPolicy).toEqual({ ruleId: 'r1', decision: 'allow', command: 'npm *' });
  });

  it('a reject by the first option that rejects once', () => {
    const talk = running({ rules: [rule({ toolKind: 'execute', decision: 'reject' })] });
    talk.ask(1, command('rm x'), [once('a'), once('n1', 'reject_once'), once('n2', 'reject_once')]);
    expect(chosen(talk)).toEqual([expect.stringContaining('"optionId":"n1"')]);
    expect(toolOf(talk).byPolicy?.decision).toBe('reject');
  });

  it.each([
    ['two allow once', ALLOW_TESTS, [once('a'), once('b')]],
    ['none allows once', ALLOW_TESTS, [once('a', 'allow_always'), once('b', 'reject_once')]],
    [
      'none rejects once',
      { rules: [rule({ command: '*', decision: 'reject' })] },
      [once('a'), once('b', 'reject_always')],
    ],
    ['one cannot be read', ALLOW_TESTS, [once('a'), { name: 'no id', kind: 'allow_once' }]],
    ['no rule matches', { rules: [rule({ command: 'ls', decision: 'allow' })] }, undefined],
    [
      'a rule says to ask',
      { rules: [rule({ command: '*', decision: 'ask' }), ...ALLOW_TESTS.rules] },
      undefined,
    ],
    ['there is no rule', { rules: [] }, undefined],
  ] satisfies readonly (readonly [string, AgentPolicy, unknown])[])(
    'people are asked where %s',
    (_, policy, options) => {
      const talk = running(policy);
      talk.ask(1, command('npm test'), options);
      expect(chosen(talk)).toEqual([]);
      expect(talk.of('request:opened')).toHaveLength(1);
      expect(toolOf(talk).byPolicy).toBeUndefined();
    },
  );

  it('what it once answered of a call is gone when people are asked of it', () => {
    const talk = running(ALLOW_TESTS);
    talk.ask(1, command('npm test'));
    talk.ask(2, command('rm x'));
    expect(talk.of('request:opened')).toHaveLength(1);
    expect(toolOf(talk).byPolicy).toBeUndefined();
  });

  it('a call that its agent first called by another kind is put to people', () => {
    const talk = running(EVERYTHING);
    talk.tool('t', { kind: 'execute', rawInput: { command: 'rm -rf /' } });
    talk.ask(1, { toolCallId: 't', kind: 'edit', rawInput: { file_path: 'a' } });
    expect(chosen(talk)).toEqual([]);
  });

  it('a request that names no tool call is put to people', () => {
    const talk = running(EVERYTHING);
    talk.ask(1, {});
    expect(chosen(talk)).toEqual([]);
  });

  it('an argument that is too large for its card is put to people', () => {
    const talk = running(EVERYTHING);
    talk.ask(1, {
      toolCallId: 't',
      kind: 'edit',
      rawInput: { file_path: 'a', content: 'x'.repeat(1_000_000) },
    });
    expect(chosen(talk)).toEqual([]);
  });

  it('whatever an agent says, what is allowed is told whole, is seen and changes no mode', () => {
    const word = fc.constantFrom('npm test', 'a;b', 'x\u202ey', 'l\ns', '/etc/passwd', 'src/a', '../x', '');
    const input = fc.dictionary(
      fc.constantFrom('command', 'cwd', 'file_path', 'x', 'content', '__proto__'),
      word,
    );
    const kind = fc.constantFrom('execute', 'edit', 'switch_mode', 'other', 'read');
    const call = fc.record({
      kind,
      rawInput: fc.option(input),
      title: word,
      locations: fc.array(fc.record({ path: word })),
    });
    fc.assert(
      fc.property(call, kind, (asked, before) => {
        const talk = running(EVERYTHING);
        talk.tool('t', { kind: before });
        talk.ask(1, { toolCallId: 't', ...asked });
        if (chosen(talk).length === 0) return;
        talk.wait(1_000);
        const item = toolOf(talk);
        expect([item.toolKind, before]).not.toContain('switch_mode');
        expect(before === item.toolKind || before === 'other').toBe(true);
        const told = JSON.stringify([
          asked.rawInput?.['command'],
          asked.rawInput?.['file_path'],
          asked.locations,
        ]);
        expect(told).not.toMatch(/\u202e|\\n|etc|\.\./);
        expect(String(asked.rawInput?.['command'])).not.toContain(';');
        expect(JSON.stringify([asked.rawInput, asked.locations])).not.toMatch(/^\[(?:null|{}),\[\]\]$/);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('[C9d] the tripwire', () => {
  const WIRE: AgentPolicy = { rules: [], mustAsk: ['execute'] };

  it('marks a completed call of such a kind that did not ask', () => {
    const talk = running(WIRE);
    talk.tool('t', { kind: 'execute' });
    expect(toolOf(talk).unasked).toBeUndefined();
    talk.toolUpdate('t', { status: 'completed' });
    expect(toolOf(talk).unasked).toBe(true);
  });

  it.each([
    ['of another kind', { kind: 'read' }, WIRE],
    ['that failed', { kind: 'execute', status: 'failed' }, WIRE],
    ['of a policy that says nothing', { kind: 'execute' }, { rules: [] }],
  ])('marks none %s', (_, fields, policy) => {
    const talk = running(policy);
    talk.tool('t', fields);
    talk.toolUpdate('t', { status: 'completed', ...fields });
    expect(toolOf(talk).unasked).toBeUndefined();
  });

  it('marks none that asked, whoever answered', () => {
    for (const policy of [WIRE, { ...ALLOW_TESTS, ...{ mustAsk: ['execute'] } }]) {
      const talk = running(policy);
      talk.ask(1, command('npm test'));
      talk.toolUpdate('t', { status: 'completed' });
      expect(toolOf(talk).unasked).toBeUndefined();
    }
  });

  it('marks one that its agent renamed, or that ran a command under another kind', () => {
    const renamed = running(WIRE);
    renamed.tool('t', { kind: 'execute' });
    renamed.toolUpdate('t', { kind: 'think', status: 'completed' });
    expect(toolOf(renamed).unasked).toBe(true);
    const disguised = running(WIRE);
    disguised.tool('t', { kind: 'read', rawInput: { command: 'rm x' }, status: 'completed' });
    expect(toolOf(disguised).unasked).toBe(true);
  });
});
