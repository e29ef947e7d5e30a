import { type PolicyDecision, type PolicyRuleDraft, PolicyRuleDraftSchema } from '@muster/protocol';

/** What the form's rule is about. */
export type RuleSubject = 'command' | 'path' | 'kind';

/** A rule as it is being written. */
export interface RuleFields {
  readonly decision: PolicyDecision;
  readonly subject: RuleSubject;
  /** The pattern of a command, or of a path. */
  readonly pattern: string;
  /** '': any, where there is a path. */
  readonly toolKind: string;
}

export type RuleResult =
  | { readonly ok: true; readonly rule: PolicyRuleDraft }
  | { readonly ok: false; readonly why: string };

/** The rule that the fields make, or why they make none. */
export function ruleOf({ decision, subject, pattern, toolKind }: RuleFields): RuleResult {
  const kind = toolKind === '' ? {} : { toolKind };
  const parts = {
    command: { command: pattern },
    path: { ...kind, path: pattern },
    kind,
  }[subject];
  const parsed = PolicyRuleDraftSchema.safeParse({ ...parts, decision });
  if (parsed.success) return { ok: true, rule: parsed.data };
  const [issue] = parsed.error.issues;
  const of = { command: 'The command', path: 'The path', toolKind: 'The kind' };
  const [field] = issue?.path ?? [];
  const name = field === 'command' || field === 'path' || field === 'toolKind' ? of[field] : 'The rule';
  return { ok: false, why: `${name} ${issue?.message ?? 'cannot be kept'}.` };
}
