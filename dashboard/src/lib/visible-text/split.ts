import { labelOf, nameOf } from './names.ts';

/** Acts on what is around it, draws nothing, or looks like something else. Tabs and line feeds are layout. */
const HIDDEN =
  '(?![\\t\\n])[\\p{Cc}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}\\p{Bidi_Control}\\p{Default_Ignorable_Code_Point}' +
  '\\u2800\\ufff9-\\ufffc\\u{13430}-\\u{1343f}\\u{16fe4}\\u{1d159}]|(?! )\\p{Zs}';

/** Letters and their marks that are written from right to left, by the ranges that Unicode reserves for them. */
const RIGHT_TO_LEFT =
  '[\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefe\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}]';

/** Looked for from its beginning only: a long run of blanks within a line is searched once. */
const TRAILING = '(?<![\\t ])[\\t ]+(?=\\n|$)';

export type Run =
  | { readonly kind: 'text'; readonly text: string }
  /** A word of letters from right to left, to be isolated so that it does not reorder its neighbours. */
  | { readonly kind: 'rtl'; readonly text: string }
  | Mark;

/** The same hidden character, `count` times in a row. */
export interface Mark {
  readonly kind: 'mark';
  readonly text: string;
  readonly code: number;
  readonly count: number;
  /** `U+202E` */
  readonly label: string;
  /** `right-to-left override` */
  readonly name: string;
}

export interface VisibleOptions {
  /** Marks spaces and tabs before a line's end, and at the end of the text. */
  readonly trailing?: boolean;
  /** Marks line feeds, which still end the line. */
  readonly newlines?: boolean;
}

const PATTERNS = new Map<string, RegExp>();

/** One pattern for each choice of options: to make one takes longer than to search a line. */
function patternOf({ trailing = false, newlines = false }: VisibleOptions): RegExp {
  const marked = [HIDDEN, ...(trailing ? [TRAILING] : []), ...(newlines ? ['\\n'] : [])].join('|');
  const known = PATTERNS.get(marked);
  if (known !== undefined) return known;
  const made = new RegExp(`(?<mark>${marked})|(?<rtl>(?:(?!${HIDDEN})${RIGHT_TO_LEFT})+)`, 'gu');
  PATTERNS.set(marked, made);
  return made;
}

function markOf(code: number): Mark {
  return {
    kind: 'mark',
    text: String.fromCodePoint(code),
    code,
    count: 1,
    label: labelOf(code),
    name: nameOf(code),
  };
}

/** A line feed ends its line, so each has a mark of its own. */
const LINE_FEED = 0x0a;

function addMarks(runs: Run[], text: string): void {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const last = runs.at(-1);
    if (last?.kind === 'mark' && last.code === code && code !== LINE_FEED) {
      runs[runs.length - 1] = { ...last, text: last.text + character, count: last.count + 1 };
    } else runs.push(markOf(code));
  }
}

/** Splits a text into runs whose texts, put together, are the text. Nothing hidden is in a run of kind text. */
export function splitVisible(text: string, options: VisibleOptions = {}): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const { 0: found, index, groups } of text.matchAll(patternOf(options))) {
    if (index > at) runs.push({ kind: 'text', text: text.slice(at, index) });
    if (groups?.['rtl'] === undefined) addMarks(runs, found);
    else runs.push({ kind: 'rtl', text: found });
    at = index + found.length;
  }
  if (at < text.length) runs.push({ kind: 'text', text: text.slice(at) });
  return runs;
}

/** How many characters of a text are marked. */
export const countMarks = (runs: readonly Run[]): number =>
  runs.reduce((sum, run) => sum + (run.kind === 'mark' ? run.count : 0), 0);

/**
 * At most `limit` runs. All that is beyond becomes one run with its marks written out, `[U+202E]`: nothing is left out,
 * and a text of hidden characters alone does not fill the page with boxes.
 */
export function limitRuns(runs: readonly Run[], limit: number): readonly Run[] {
  if (runs.length <= limit) return runs;
  const written = runs.slice(limit - 1).map((run) => (run.kind === 'mark' ? writtenOut(run) : run.text));
  return [...runs.slice(0, limit - 1), { kind: 'text', text: written.join('') }];
}

const writtenOut = ({ code, count, label }: Mark): string => {
  const times = count === 1 ? '' : `×${count}`;
  return `[${label}${times}]${code === LINE_FEED ? '\n' : ''}`;
};
