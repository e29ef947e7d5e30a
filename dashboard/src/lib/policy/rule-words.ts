import type { PolicyDecision, PolicyRule } from '@muster/protocol';

/** What a rule says, for a sentence: `Allow`, `editing files under`, `src/**`. */
export interface RuleWords {
  readonly decision: string;
  readonly about: string;
  /** The pattern; null: every call of the kind. */
  readonly pattern: string | null;
}

type Says = Pick<PolicyRule, 'toolKind' | 'path' | 'command' | 'decision'>;

const DECISIONS: Record<PolicyDecision, string> = {
  allow: 'Allow',
  ask: 'Ask people before',
  reject: 'Reject',
};

/** Kinds of tools that agents name, in the words of a sentence. */
export const KINDS: readonly (readonly [kind: string, words: string])[] = [
  ['execute', 'running commands'],
  ['edit', 'editing files'],
  ['read', 'reading files'],
  ['delete', 'deleting files'],
  ['move', 'moving files'],
  ['search', 'searching'],
  ['fetch', 'fetching from the network'],
  ['think', 'thinking'],
  ['switch_mode', 'changing the mode'],
  ['other', 'other tools'],
];
const WORDS = new Map(KINDS);
/** The same before a path. */
const ON_FILES = new Map([
  ['edit', 'editing'],
  ['read', 'reading'],
  ['delete', 'deleting'],
  ['move', 'moving'],
  ['search', 'searching in'],
]);
export const kindWords = (kind: string): string => WORDS.get(kind) ?? `tools of the kind ${kind}`;

export function ruleWords({ toolKind, path, command, decision }: Says): RuleWords {
  const does = DECISIONS[decision];
  if (command !== undefined) {
    const isExact = !/(?:^|[^\\])(?:\\\\)*\*/.test(command);
    return { decision: does, about: isExact ? 'the command' : 'commands like', pattern: command };
  }
  if (toolKind === undefined) return { decision: does, about: 'any tool on', pattern: path ?? null };
  if (path === undefined) return { decision: does, about: `all ${kindWords(toolKind)}`, pattern: null };
  return { decision: does, about: ON_FILES.get(toolKind) ?? `${kindWords(toolKind)} on`, pattern: path };
}

/** The same as one text, for names of buttons. */
export function ruleText(rule: Says): string {
  const { decision, about, pattern } = ruleWords(rule);
  return pattern === null ? `${decision} ${about}` : `${decision} ${about} ${pattern}`;
}
