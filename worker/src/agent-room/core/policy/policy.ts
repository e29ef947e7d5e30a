import {
  type AgentPolicy,
  NO_POLICY,
  type PolicyDraft,
  type PolicyRule,
  type PolicyRuleDraft,
  type StoredPolicy,
} from '@muster/protocol';
import type { Durable, Member } from '../types.ts';

/** C9: as it is now; until somebody changes it, as the agent was created. */
export const policyOf = ({ policy, placement }: Pick<Durable, 'policy' | 'placement'>): StoredPolicy =>
  policy ?? { revision: 0, ...(placement.spec.policy ?? NO_POLICY) };

/** Whether it asks people everything, and nothing of the agent. */
export const isEmpty = ({ rules, mustAsk = [] }: AgentPolicy): boolean => rules.length + mustAsk.length === 0;

type Says = Pick<PolicyRule, 'toolKind' | 'path' | 'command' | 'decision'>;
const saysOf = ({ toolKind, path, command, decision }: PolicyRuleDraft): Says => ({
  ...(toolKind === undefined ? {} : { toolKind }),
  ...(path === undefined ? {} : { path }),
  ...(command === undefined ? {} : { command }),
  decision,
});
export const isSame = (left: PolicyRuleDraft, right: PolicyRuleDraft): boolean =>
  JSON.stringify(saysOf(left)) === JSON.stringify(saysOf(right));

/** What makes a rule of a draft. */
export interface Author {
  readonly member: Pick<Member, 'id' | 'name'>;
  /** ms since 1970. */
  readonly now: number;
  readonly freshId: () => string;
}

export const ruleOf = (draft: PolicyRuleDraft, { member, now, freshId }: Author): PolicyRule => ({
  ruleId: freshId(),
  ...saysOf(draft),
  createdBy: member.id,
  createdByName: member.name,
  createdAt: now,
});

/** The policy that a draft makes of the one before: a rule that stays as it is keeps its id and its author. */
export function policyAfter(before: StoredPolicy, { rules, mustAsk }: PolicyDraft, by: Author): StoredPolicy {
  const known = new Map(before.rules.map((rule) => [rule.ruleId, rule]));
  const next = rules.map((draft) => {
    const rule = known.get(draft.ruleId ?? '');
    if (rule === undefined || !isSame(rule, draft)) return ruleOf(draft, by);
    known.delete(rule.ruleId);
    return rule;
  });
  return {
    revision: before.revision + 1,
    rules: next,
    ...(mustAsk === undefined || mustAsk.length === 0 ? {} : { mustAsk: [...new Set(mustAsk)] }),
  };
}
