import {
  type AgentPolicy,
  onlyAllowOnce,
  type PermissionRequest,
  type PolicyAnswer,
  policyCallOf,
  mustAsk as policyMustAsk,
  type RequestOption,
  type Resolve,
  ruleFor,
  type ToolItem,
} from '@muster/protocol';

/** What is known where a policy decides. */
export interface PolicyContext {
  readonly policy: AgentPolicy;
  /** Where the adapter works. */
  readonly directory: string;
  readonly resolve: Resolve;
}

export interface PolicyVerdict {
  readonly answer: PolicyAnswer;
  readonly option: RequestOption;
}

type Asked = Pick<PermissionRequest, 'tool' | 'options'>;

/** C9: what a rule answers in the place of people; null: they are asked. `seen`: the kinds that the call had before. */
export function decideByPolicy(
  { tool, options }: Asked,
  { policy, directory, resolve }: PolicyContext,
  seen: readonly string[],
): PolicyVerdict | null {
  if (policy.rules.length === 0) return null;
  const rule = ruleFor(policy.rules, policyCallOf(tool, directory, { seen, resolve }));
  if (rule === null || rule.decision === 'ask') return null;
  const option =
    rule.decision === 'allow'
      ? onlyAllowOnce(options)
      : (options.find(({ kind }) => kind === 'reject_once') ?? null);
  if (option === null) return null;
  const { ruleId, decision, toolKind, path, command } = rule;
  const answer = {
    ruleId,
    decision,
    ...(toolKind === undefined ? {} : { toolKind }),
    ...(path === undefined ? {} : { path }),
    ...(command === undefined ? {} : { command }),
  };
  return { answer, option };
}

/** The tripwire: whether a call that has ended should have asked. */
export function shouldHaveAsked(
  item: ToolItem,
  { policy, directory }: Pick<PolicyContext, 'policy' | 'directory'>,
  seen: readonly string[],
): boolean {
  if (item.status !== 'completed' || (policy.mustAsk ?? []).length === 0) return false;
  return policyMustAsk(policy, policyCallOf(item, directory, { seen }).kinds);
}
