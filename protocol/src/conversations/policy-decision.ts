import { LIMITS } from '../limits.ts';
import type { RequestOption } from './answer.ts';
import type { ToolArgument } from './items.ts';
import type { AgentPolicy, PolicyRule, PolicyRuleDraft } from './policy.ts';
import { type PolicyCall, policyCallOf } from './policy-call.ts';
import { allowsCommand, exactly, isPlainCommand, matchesPath, touchesCommand } from './policy-pattern.ts';

type Rule = Pick<PolicyRule, 'toolKind' | 'path' | 'command' | 'decision'>;
/** People alone change the mode. */
const SWITCH_MODE = 'switch_mode';

/** Narrow: all that the call does is in the rule. */
function isAllowed({ toolKind, path, command }: Rule, call: PolicyCall): boolean {
  if (!call.isWhole || call.kinds.includes(SWITCH_MODE)) return false;
  if (toolKind !== undefined && toolKind !== call.toolKind) return false;
  const places = call.places.filter((place) => place !== null);
  if (places.length < call.places.length) return false;
  if (call.command !== null) {
    const line = command ?? (toolKind === 'execute' ? '*' : undefined);
    return path === undefined && line !== undefined && allowsCommand(line, call.command);
  }
  if (command !== undefined) return false;
  if (path === undefined) return toolKind !== undefined;
  return call.isOfPaths && places.length > 0 && places.every((place) => matchesPath(path, place));
}

/** Wide: anything of the call is in the rule. */
function isConcerned({ toolKind, path, command }: Rule, call: PolicyCall): boolean {
  if (toolKind !== undefined && !call.kinds.includes(toolKind)) return false;
  if (command !== undefined) return call.commands.some((line) => touchesCommand(command, line));
  if (path === undefined) return toolKind !== undefined;
  const places = [...call.names, ...call.places.filter((place) => place !== null)];
  return places.some((place) => matchesPath(path, place));
}

/** Whether a rule speaks of this call: an allow of all of it, others of any of it. */
export const ruleMatches = (rule: Rule, call: PolicyCall): boolean =>
  rule.decision === 'allow' ? isAllowed(rule, call) : isConcerned(rule, call);

/** C9: the first rule that matches; null: none does, and people are asked. */
export function ruleFor<R extends Rule>(rules: readonly R[], call: PolicyCall): R | null {
  return rules.find((rule) => ruleMatches(rule, call)) ?? null;
}

/** The tripwire: whether a call of one of these kinds must ask. */
export const mustAsk = (
  { mustAsk: kinds = [] }: Pick<AgentPolicy, 'mustAsk'>,
  seen: readonly string[],
): boolean => kinds.some((kind) => seen.includes(kind));

/** The one option that allows once; null: there is none, or there are several. */
export function onlyAllowOnce(options: readonly RequestOption[]): RequestOption | null {
  const found = options.filter(({ kind }) => kind === 'allow_once');
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** "Always, by Muster": the rule for exactly this; null: there is none that could not mean more. */
export function alwaysRule(tool: ToolArgument, directory: string): PolicyRuleDraft | null {
  const call = policyCallOf(tool, directory);
  const rule = exactRule(call);
  return rule !== null && ruleMatches(rule, call) ? rule : null;
}

function exactRule({ toolKind, command, places }: PolicyCall): PolicyRuleDraft | null {
  if (command !== null) {
    const line = exactly(command);
    const fits = isPlainCommand(line) && line.length <= LIMITS.policyPatternChars;
    return fits ? { toolKind: 'execute', command: line, decision: 'allow' } : null;
  }
  const [place] = new Set(places);
  if (place === undefined || place === null || place === '' || new Set(places).size > 1) return null;
  const path = exactly(place);
  return path.length > LIMITS.policyPatternChars ? null : { toolKind, path, decision: 'allow' };
}
