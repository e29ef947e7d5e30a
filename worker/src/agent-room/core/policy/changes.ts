import {
  allows,
  alwaysRule,
  LIMITS,
  onlyAllowOnce,
  type PermissionRequest,
  type PolicyRuleDraft,
  policyCallOf,
  ruleFor,
  type StoredPolicy,
  VIEWER_MESSAGES,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { draftOfMessage, newDraft } from '../../../audit/entry.ts';
import { recordAudit } from '../audit/index.ts';
import { answerOnce, type Outcome } from '../requests/index.ts';
import type { Viewer } from '../state.ts';
import type { ConnectionId, Durable, Member } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';
import { type Author, isEmpty, isSame, policyAfter, policyOf, ruleOf } from './policy.ts';

type Change = Extract<ViewerMessage, { type: 'policy:change' }>;

const authorOf = (work: UnitOfWork, member: Pick<Member, 'id' | 'name'>): Author => ({
  member,
  now: work.now,
  freshId: work.context.freshId,
});

/** C9: the whole policy anew, where nobody else has changed it meanwhile. */
export function handlePolicyChange(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  message: Change,
  id: string | undefined,
): Outcome {
  return answerOnce(work, viewer, message, id, () => {
    const before = policyOf(durable);
    const { revision } = message.payload;
    if (revision !== undefined && revision !== before.revision) return { type: 'refused', error: CHANGED };
    const policy = policyAfter(before, message.payload, authorOf(work, viewer.member));
    putPolicy(work, durable, policy);
    recordAudit(work, draftOfMessage(viewer.member, message, durable.placement.spec), undefined);
    return { type: 'done', result: { ...policy } };
  });
}

const CHANGED = wireError(
  'INVALID_STATE',
  'The policy was changed meanwhile. Look at how it is now, and change that.',
  { field: 'revision' },
);

/** The keeper hears of it on the way on which its orders come, so before each that follows. */
function putPolicy(work: UnitOfWork, durable: Durable, policy: StoredPolicy): void {
  work.change(durable, { policy }, false);
  const keeper = reachableKeeper(work);
  if (keeper !== null) sendPolicy(work, keeper, policy);
}

function sendPolicy(work: UnitOfWork, keeper: ConnectionId, payload: StoredPolicy): void {
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message: { type: 'policy:set', payload } });
}

/** `held`: the revision that a keeper has; null: none. Undefined: it knows no policies. */
export function resendPolicy(
  work: UnitOfWork,
  durable: Durable,
  keeper: ConnectionId,
  held: number | null | undefined,
): void {
  const policy = policyOf(durable);
  const isUnknown = held === null ? policy.revision > 0 || !isEmpty(policy) : held !== policy.revision;
  if (held !== undefined && isUnknown) sendPolicy(work, keeper, policy);
}

/** C9: the rule that "always, by Muster" keeps with this answer, or why it may not. */
export function ruleToKeep(
  durable: Durable,
  { role }: Member,
  request: PermissionRequest,
  optionId: string,
): PolicyRuleDraft | WireError {
  const { least } = VIEWER_MESSAGES['policy:change'];
  if (!allows(role, least))
    return wireError('INSUFFICIENT_PERMISSIONS', `A rule for every time needs the role ${least}`, ALWAYS);
  // C13b: what asks outside any conversation is not asked by the policy.
  const rule = request.conversationId === undefined ? null : alwaysRule(request.tool, request.directory);
  if (rule === null || onlyAllowOnce(request.options)?.optionId !== optionId)
    return wireError('INVALID_MESSAGE', 'No rule can be kept of this answer. Answer it once.', ALWAYS);
  if (policyOf(durable).rules.length < LIMITS.policyRules) return rule;
  const full = `The policy has its ${LIMITS.policyRules} rules. Take one out first, or answer it once.`;
  return wireError('RESOURCE_EXHAUSTED', full, ALWAYS);
}

const ALWAYS = { field: 'always' };

/** It stands before the rule that asked, or last. */
export function keepRule(
  work: UnitOfWork,
  durable: Durable,
  member: Member,
  { tool, directory }: PermissionRequest,
  draft: PolicyRuleDraft,
): void {
  const before = policyOf(durable);
  if (before.rules.some((rule) => isSame(rule, draft))) return;
  const first = ruleFor(before.rules, policyCallOf(tool, directory));
  const at = first?.decision === 'ask' ? before.rules.indexOf(first) : before.rules.length;
  const rule = ruleOf(draft, authorOf(work, member));
  putPolicy(work, durable, {
    ...before,
    revision: before.revision + 1,
    rules: before.rules.toSpliced(at, 0, rule),
  });
  const { agentId, agentUid } = durable.placement.spec;
  const details = JSON.stringify({ added: draft });
  const target = rule.ruleId;
  recordAudit(
    work,
    newDraft(member, { action: 'policy:change', agentId, agentUid, target, details }),
    undefined,
  );
}
