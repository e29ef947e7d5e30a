import type * as z from 'zod';
import { LIMITS } from './limits.ts';

/** An issue found by a schema. */
export type Issue = z.core.$ZodIssue;

/** Nouns for fields whose own names say little to a person. */
const NOUNS: Readonly<Record<string, string>> = {
  agentId: 'name of the agent',
  cols: 'number of columns',
  rows: 'number of rows',
  args: 'arguments',
  data: 'input',
  commandId: 'id of the command',
  hostId: 'host',
  workspace: 'directory',
};

/** `resourceLimits.memory` → `memory`, `tokenLifetime` → `token lifetime`; of a list's entry, the list. */
function nounOf(path: readonly PropertyKey[]): string {
  const named = path.filter((part) => typeof part === 'string' && !/^\d+$/.test(part)).map(String);
  const last = named.at(-1);
  if (last === undefined) return 'message';
  // Names that people chose are kept as they are.
  const [record] = named.slice(-2, -1);
  if (record === 'environment') return `variable ${last}`;
  if (record === 'labels') return `label ${last}`;
  return (
    NOUNS[last] ?? last.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll(/[-_]/g, ' ')
  );
}

const UNITS: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  record: 'entries',
  set: 'entries',
};

function sizeRule(word: 'most' | 'least', origin: string, limit: number | bigint): string {
  const unit = UNITS[origin];
  return unit === undefined
    ? `must be at ${word} ${String(limit)}`
    : `must have at ${word} ${String(limit)} ${unit}`;
}

/** The rule that an issue breaks, as the rest of a sentence. zod's own words are for developers, so they are replaced. */
function ruleOf(issue: Issue): string {
  if (!/^(?:Invalid|Too (?:big|small)|Unrecognized)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? 'is missing'
        : `must be ${articled(issue.expected)}`;
    case 'too_big':
      return sizeRule('most', issue.origin, issue.maximum);
    case 'too_small':
      return sizeRule('least', issue.origin, issue.minimum);
    case 'invalid_value':
      return issue.values.length > 1
        ? `must be one of ${issue.values.map(String).join(', ')}`
        : 'is not valid';
    case 'unrecognized_keys':
      return 'has fields that are not known';
    default:
      return 'is not valid';
  }
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  object: 'an object',
  array: 'a list',
  record: 'an object',
  boolean: 'true or false',
};
const articled = (type: string): string => TYPES[type] ?? `a ${type}`;

/** `The name must not be empty`. */
export const issueSentence = (issue: Issue): string =>
  `The ${nounOf(issue.path)} ${ruleOf(issue)}`.slice(0, LIMITS.textChars);

/**
 * The first thing that is wrong, as a sentence. `field` is its path for programs, which no sentence holds.
 */
export function describeIssue(error: z.ZodError): { message: string; field: string } {
  const issue = error.issues[0];
  const message = issue === undefined ? 'The message is not valid' : issueSentence(issue);
  return { message, field: (issue?.path ?? []).map(String).join('.') };
}
