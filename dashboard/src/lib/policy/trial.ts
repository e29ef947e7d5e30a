import { type PolicyRuleDraft, policyCallOf, ruleFor } from '@muster/protocol';

/** What would become of a command; `rule`: which says so, by its place from 1. */
export interface Trial {
  readonly decision: 'allow' | 'reject' | 'ask';
  readonly rule: number | null;
}

/** As if the agent asked for this command, in its directory, and told nothing else. */
export function tryCommand(rules: readonly PolicyRuleDraft[], command: string): Trial | null {
  if (command.trim() === '') return null;
  const rawInput = JSON.stringify({ command });
  const tool = { title: '', toolKind: 'execute', rawInput, content: [], locations: [] };
  const rule = ruleFor(rules, policyCallOf(tool, '/'));
  if (rule === null) return { decision: 'ask', rule: null };
  return { decision: rule.decision, rule: rules.indexOf(rule) + 1 };
}
