import {
  type AgentLimit,
  AgentLimitSchema,
  describeIssue,
  err,
  ok,
  type Result,
  slugOf,
} from '@muster/protocol';
import { sentenceOf } from '../rest/to-sentence.ts';

/** X5: a member's agent limit, as a form holds it: one agent, or one `key=value`, on a line. */
export interface LimitDraft {
  /** False: every agent, whatever is written below. */
  some: boolean;
  names: string;
  labels: string;
}

export function limitDraft(limit: AgentLimit | null): LimitDraft {
  const labels = Object.entries(limit?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    some: limit !== null,
    names: (limit?.names ?? []).join('\n'),
    labels: labels.join('\n'),
  };
}

/** The limit, null for none, or what to mend. */
export function toLimit(draft: LimitDraft): Result<AgentLimit | null, string> {
  if (!draft.some) return ok(null);
  const lines = linesOf(draft.names);
  const nameless = lines.find((line) => slugOf(line) === '');
  if (nameless !== undefined)
    return err(`The name of an agent has a letter or a digit; ${nameless} has none.`);
  // A limit goes by what an agent is called in its address, whatever it is titled later.
  const names = [...new Set(lines.map(slugOf))];
  const labels = linesOf(draft.labels).map((line) => [line, line.indexOf('=')] as const);
  const wrong = labels.find(([, at]) => at < 1);
  if (wrong !== undefined) return err(`A label is written key=value, not ${wrong[0]}.`);
  if (names.length + labels.length === 0) return err('Name an agent or a label, or choose every agent.');
  const entries = labels.map(([line, at]) => [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const);
  if (entries.some(([key]) => key === '__proto__')) return err('__proto__ cannot be a label.');
  const parsed = AgentLimitSchema.safeParse({
    ...(names.length === 0 ? {} : { names }),
    ...(entries.length === 0 ? {} : { labels: Object.fromEntries(entries) }),
  });
  return parsed.success ? ok(parsed.data) : err(sentenceOf(describeIssue(parsed.error)));
}

const linesOf = (text: string): string[] => [
  ...new Set(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ),
];

/** One more agent in the form, by its id. */
export const withAgent = (names: string, agentId: string): string => [...linesOf(names), agentId].join('\n');

/** Whether an agent is in the form already. */
export const isNamed = (names: string, agentId: string): boolean =>
  linesOf(names).some((line) => slugOf(line) === agentId);

/** `Every agent`, or `Only shell, claude, and those with team=web`. */
export function limitWords(limit: AgentLimit | null): string {
  if (limit === null) return 'Every agent';
  const names = (limit.names ?? []).join(', ');
  const labels = Object.entries(limit.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const labelled = labels.length === 0 ? '' : `those with ${labels.join(' and ')}`;
  const parts = [names, labelled].filter((part) => part !== '');
  return parts.length === 0 ? 'No agent' : `Only ${parts.join(', and ')}`;
}
