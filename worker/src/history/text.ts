import type { Snippet } from '@muster/protocol';
import { type Column, gramPhrase, wordPhrase } from './grams.ts';
import { amongWords, type Scope, scopeWords } from './scope.ts';
import { HISTORY } from './types.ts';
import { folded, isUnspaced, runsOf } from './unspaced.ts';

/** Around what matches, in a snippet. No stored text holds them. */
export const MARK = { begin: '\u0001', end: '\u0002' } as const;

/** Escape sequences, which a terminal does not show: CSI, OSC, DCS and the like, and other escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** What a terminal would show of it, as far as escape sequences are concerned. */
export const withoutEscapes = (text: string): string => text.replace(ESCAPES, '');

/** A text as people would search it: without escape sequences and control characters, up to the limit. */
export const searchable = (text: string): string =>
  text.slice(0, HISTORY.outputChars).replace(ESCAPES, '').replace(CONTROL, '').toWellFormed();

const HOLDS_A_WORD = /[\p{L}\p{N}\p{Co}]/u;
/** Words of a question; more only narrow what is narrow already. */
const WORDS = 16;

/**
 * What was typed as words that must all stand there; what has no letter and no digit counts for nothing. No stored text has
 * a control character, and with NUL a question would end for SQLite.
 */
export const wordsOf = (typed: string): string[] =>
  typed
    .toWellFormed()
    .replace(CONTROL, ' ')
    .split(/\s+/)
    .filter((word) => HOLDS_A_WORD.test(word))
    .slice(0, WORDS);

/** One word as the index takes it: quoted, so that nothing in it is syntax; `a-b` is then `a` followed by `b`. */
const quoted = (word: string) => `"${word.replaceAll('"', '""')}"`;

/** One thing that must stand there: part of a text in a script without spaces, or a word, or words joined by signs. */
export type Term =
  | { readonly kind: 'part'; readonly run: string }
  | { readonly kind: 'word'; readonly word: string; readonly runs: readonly string[] };

/** What was typed as it is looked for: a run that has a letter of a script without spaces is one for itself. */
export function termsOf(typed: string): readonly Term[] {
  return wordsOf(typed).flatMap((word): Term[] => {
    const runs = runsOf(folded(word));
    if (!isUnspaced(word))
      return runs.length === 0 ? [] : [{ kind: 'word', word: word.normalize('NFKC'), runs }];
    return runs.map((run) =>
      isUnspaced(run) ? { kind: 'part', run } : { kind: 'word', word: run, runs: [run] },
    );
  });
}

/** A term in any of the columns. Parts, and words that the index has in another form, stand beside the scope. */
function conditionOf(term: Term, columns: readonly Column[]): string {
  const phrase = (column: Column) =>
    quoted(term.kind === 'part' ? gramPhrase(term.run, column) : wordPhrase(term.runs, column));
  const aside = `scope : (${columns.map(phrase).join(' OR ')})`;
  return term.kind === 'part' ? aside : `({${columns.join(' ')}} : ${quoted(term.word)} OR ${aside})`;
}

/** The question to the index: everything in the scope, with all of the words in one of the columns or spread over them. */
export function matchOf(scope: Scope, typed: string, columns: readonly Column[]): string {
  const among = amongWords(scope).map(quoted).join(' OR ');
  const own = scopeWords(scope).map(quoted).join(' AND ');
  const within = `scope : (${own}${among === '' ? '' : ` AND (${among})`})`;
  return [within, ...termsOf(typed).map((term) => conditionOf(term, columns))].join(' AND ');
}

/** A marked text in pieces; null: nothing in it is marked. */
export function snippetOf(marked: string | null): Snippet | null {
  if (marked === null || !marked.includes(MARK.begin)) return null;
  const [before = '', ...rest] = marked.split(MARK.begin);
  const pieces = rest.flatMap((piece) => {
    const [hit = '', after = ''] = piece.split(MARK.end);
    return [
      { text: hit, match: true },
      { text: after, match: false },
    ];
  });
  return [{ text: before, match: false }, ...pieces].filter(({ text }) => text !== '');
}
