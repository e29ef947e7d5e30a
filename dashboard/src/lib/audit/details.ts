import { exactly } from '../time.ts';

/** One thing that was asked. `key` empty: a remark, as it was written. */
export interface Detail {
  readonly key: string;
  readonly value: string;
}

/** Characters of a value that are shown at first: about two lines. */
const SHORT = 160;
export const shortened = (value: string): string =>
  value.length <= SHORT ? value : `${value.slice(0, SHORT).toWellFormed()}…`;

/** An entry's details, as names and values; details that are no object are shown unchanged. */
export function detailsOf(text: string | null): readonly Detail[] {
  if (text === null) return [];
  const asked = parsed(text);
  if (asked === null) return [{ key: '', value: text }];
  return Object.entries(asked)
    .map(([key, value]) => ({ key: keyWords(key), value: wordsOf(key, value) }))
    .filter(({ value }) => value !== '');
}

/** `resourceLimits` as `resource limits`. */
const keyWords = (key: string): string =>
  key.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** No limit by agent is every agent (X5); a moment is one that a person can read. */
function wordsOf(key: string, value: unknown): string {
  if (key === 'agents' && value === null) return 'all';
  if (key.endsWith('At') && typeof value === 'number') return exactly(value);
  return valueWords(value);
}

/** A program as its line, lists with commas, `terminal: {cols: 80, rows: 24}` as `cols 80, rows 24`. */
function valueWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(valueWords).join(', ');
  if (typeof value !== 'object' || value === null) return value === null ? 'none' : String(value);
  if ('command' in value && 'args' in value && Array.isArray(value.args))
    return [value.command, ...value.args].map(String).join(' ');
  return Object.entries(value)
    .map(([key, part]) => `${keyWords(key)} ${valueWords(part)}`)
    .join(', ');
}

/** A long detail was cut, most likely within a text: it is then read up to there. */
const ENDS = ['', '…"}', '…"}}', '…"]}', '…"]}}', '}', '}}', ']}', ']}}'];

function parsed(text: string): object | null {
  if (!text.startsWith('{')) return null;
  // Half an escape at the cut makes the text unreadable; a whole one belongs to it.
  const whole = text.replace(/\\(u[0-9a-fA-F]{0,3})?$/, '');
  for (const end of ENDS) {
    const value = read(text + end) ?? read(whole + end);
    if (value !== null) return value;
  }
  return null;
}

function read(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
