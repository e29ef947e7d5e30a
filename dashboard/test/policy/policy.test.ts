import { describe, expect, it } from 'vitest';
import { type RuleFields, ruleOf } from '../../src/lib/policy/rule-draft.ts';
import { ruleText } from '../../src/lib/policy/rule-words.ts';
import { tryCommand } from '../../src/lib/policy/trial.ts';

const fields = (over: Partial<RuleFields>): RuleFields => ({
  decision: 'allow',
  subject: 'command',
  pattern: '',
  toolKind: '',
  ...over,
});

describe('[C9a] a rule in words', () => {
  it.each([
    [{ command: 'npm test', decision: 'allow' }, 'Allow the command npm test'],
    [{ command: 'npm *', decision: 'reject' }, 'Reject commands like npm *'],
    [{ command: 'echo \\*', decision: 'allow' }, 'Allow the command echo \\*'],
    [{ toolKind: 'edit', path: 'src/**', decision: 'allow' }, 'Allow editing src/**'],
    [{ path: 'src/**', decision: 'ask' }, 'Ask people before any tool on src/**'],
    [{ toolKind: 'fetch', decision: 'reject' }, 'Reject all fetching from the network'],
    [{ toolKind: 'mine', decision: 'ask' }, 'Ask people before all tools of the kind mine'],
  ] as const)('%j: %s', (rule, words) => {
    expect(ruleText(rule)).toBe(words);
  });
});

describe('[C9a] a rule that is written', () => {
  it('is of what the form says, and nothing else', () => {
    const written = fields({ subject: 'command', pattern: 'npm *', toolKind: 'edit' });
    expect(ruleOf(written)).toEqual({ ok: true, rule: { command: 'npm *', decision: 'allow' } });
    expect(ruleOf({ ...written, subject: 'path', pattern: 'src/**' })).toEqual({
      ok: true,
      rule: { toolKind: 'edit', path: 'src/**', decision: 'allow' },
    });
    expect(ruleOf({ ...written, subject: 'kind' })).toEqual({
      ok: true,
      rule: { toolKind: 'edit', decision: 'allow' },
    });
  });

  it.each([
    [{ pattern: '' }, 'The command must not be empty.'],
    [{ pattern: 'n\u0440m' }, 'The command must be one line of printable ASCII.'],
    [{ subject: 'path', pattern: '../x' }, 'The path must not lead out of the workspace.'],
    [{ subject: 'kind' }, 'The rule must name a kind of tool, a path or a command.'],
    [
      { subject: 'kind', toolKind: 'switch_mode' },
      'The rule cannot allow a change of the mode: that is for people to decide.',
    ],
  ] as const)('%j is refused: %s', (over, why) => {
    expect(ruleOf(fields(over))).toEqual({ ok: false, why });
  });
});

describe('[C9b] a command that is tried', () => {
  const rules = [
    { command: 'npm publish*', decision: 'reject' },
    { command: 'npm *', decision: 'allow' },
  ] as const;

  it.each([
    ['npm publish', 'reject', 1],
    ['npm test', 'allow', 2],
    ['npm test; rm x', 'ask', null],
    ['npm te\u200bst', 'ask', null],
    ['ls', 'ask', null],
  ] as const)('%j: %s by rule %s', (command, decision, rule) => {
    expect(tryCommand(rules, command)).toEqual({ decision, rule });
  });

  it('that is blank says nothing', () => {
    expect(tryCommand(rules, ' ')).toBeNull();
  });
});
