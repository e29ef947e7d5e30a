import { hexWord } from './scope.ts';
import { folded, isUnspaced, partsOf, runsOf } from './unspaced.ts';

/** Where a text stands: a command's line, what it printed, or an item of a conversation. */
export type Column = 'command' | 'output' | 'text';

/**
 * What the tokens of a column begin with, so that they are none of the scope's own: a pair of neighbouring characters, a
 * single one, and a word.
 */
const CODES: Record<Column, { readonly pair: string; readonly single: string; readonly word: string }> = {
  command: { pair: 'g', single: 'i', word: 'w' },
  output: { pair: 'h', single: 'j', word: 'v' },
  text: { pair: 'p', single: 'q', word: 'u' },
};
/** Keeps what stands before and behind it from being neighbours. */
const BREAK = 'z';
/** Words that are longer are none that anybody types. */
const LONGEST_WORD = 128;
/** Code points are below 2^21. */
const CODE_POINTS = 2 ** 21;

const codeOf = (one: string) => one.codePointAt(0) ?? 0;

/** The characters of a run two by two, each with the next; a token is letters and digits only, whatever the index takes for a letter. */
function pairsOf(run: string, code: string): string[] {
  const characters = Array.from(run, codeOf);
  return characters
    .slice(1)
    .map((character, at) => `${code}${((characters[at] ?? 0) * CODE_POINTS + character).toString(36)}`);
}

const single = (one: string, code: string) => `${code}${codeOf(one).toString(36)}`;

/** A part of a text between blanks: words beside letters of a script without spaces, or of another width, as words. */
function wordsIn(fragment: string, code: string): string[] {
  return runsOf(fragment).flatMap((run) =>
    partsOf(run).map((part) =>
      isUnspaced(part) || part.length > LONGEST_WORD ? BREAK : `${code}${hexWord(part)}`,
    ),
  );
}

function tokensOf(text: string, column: Column): string[] {
  const code = CODES[column];
  const singles = new Set<string>();
  const tokens: string[] = [];
  for (const raw of text.split(/\s+/)) {
    // What the index of words has as it is needs no second place.
    const isPlain = !isUnspaced(raw) && raw.normalize('NFKC') === raw;
    if (isPlain) continue;
    const fragment = folded(raw);
    const words = wordsIn(fragment, code.word);
    if (words.some((word) => word !== BREAK)) tokens.push(...words, BREAK);
    for (const run of runsOf(fragment)) {
      if (!isUnspaced(run)) continue;
      tokens.push(...pairsOf(run, code.pair), BREAK);
      for (const one of run) if (isUnspaced(one)) singles.add(single(one, code.single));
    }
  }
  return [...singles, ...tokens];
}

/** Characters of the tokens of one column, so that a row and a parameter of D1 hold them; what goes beyond is not found. */
const MOST = 1_000_000;
/** So many tokens' characters may come of one character: a sign that stands for a whole word. */
const MOST_PER_CHARACTER = 72;

/** How long the tokens of a text may be, at most. */
export const gramsBound = (text: string): number =>
  NOT_ASCII.test(text) ? Math.min(MOST, MOST_PER_CHARACTER * text.length) : 0;

/** Everything in ASCII is a word of the index as it stands. */
const NOT_ASCII = /[^\t\n -~]/;

/**
 * What the index of words cannot find of a text by itself: text of scripts without spaces, as pairs of neighbouring
 * characters, and words of another width or joined to such text. Null: nothing.
 */
export function gramsOf(text: string | null, column: Column): string | null {
  if (text === null || !NOT_ASCII.test(text)) return null;
  const grams = tokensOf(text, column).join(' ');
  if (grams.length <= MOST) return grams === '' ? null : grams;
  return grams.slice(0, grams.lastIndexOf(' ', MOST));
}

/** The tokens of one run that is looked for, which must stand one behind the other: part of a text without spaces … */
export function gramPhrase(run: string, column: Column): string {
  const code = CODES[column];
  const pairs = pairsOf(run, code.pair);
  return pairs.length === 0 ? single(run, code.single) : pairs.join(' ');
}

/** … or words, as whole ones. */
export const wordPhrase = (runs: readonly string[], column: Column): string =>
  runs.map((run) => `${CODES[column].word}${hexWord(run)}`).join(' ');
