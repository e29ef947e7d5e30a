import { type AgentPolicy, MemberIdSchema, type PolicyDraft } from '@muster/protocol';
import type { Requester, UnitOfWork } from '../types.ts';

const NOBODY = MemberIdSchema.parse('-');

/** C9: the policy that an agent is created with. Its ids are new. */
export function firstPolicy(
  work: UnitOfWork,
  { actor }: Requester,
  { rules, mustAsk }: PolicyDraft,
): AgentPolicy {
  const by = {
    createdBy: actor?.id ?? NOBODY,
    createdByName: actor?.name ?? '',
    createdAt: work.now,
  };
  return {
    rules: rules.map((rule) => ({ ...rule, ...by, ruleId: work.freshId() })),
    ...(mustAsk === undefined ? {} : { mustAsk }),
  };
}
