import { err, ok, type Result } from '@muster/protocol';

/**
 * A program line as a person types it, split into argv the way a shell would, with quotes and backslashes
 * and nothing else: no variables, no globs, no shell runs it.
 */
type Quote = '"' | "'";
/** The characters that a backslash escapes inside double quotes; before anything else it stands for itself. */
const ESCAPABLE = new Set(['"', '\\', '$', '`']);
const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;

interface Scan {
  readonly words: string[];
  /** null between words, so that `''` is a word and a blank is none. */
  word: string | null;
  quote: Quote | null;
}

function step(scan: Scan, character: string, next: string | undefined): number {
  if (scan.quote !== null) return inQuote(scan, scan.quote, character, next);
  if (character === '"' || character === "'") {
    scan.quote = character;
    scan.word ??= '';
    return 1;
  }
  if (character === '\\' && next !== undefined) {
    scan.word = (scan.word ?? '') + next;
    return 2;
  }
  if (/\s/.test(character)) {
    if (scan.word !== null) scan.words.push(scan.word);
    scan.word = null;
    return 1;
  }
  scan.word = (scan.word ?? '') + character;
  return 1;
}

function inQuote(scan: Scan, quote: Quote, character: string, next: string | undefined): number {
  if (character === quote) {
    scan.quote = null;
    return 1;
  }
  const escaped = quote === '"' && character === '\\' && next !== undefined && ESCAPABLE.has(next);
  scan.word = (scan.word ?? '') + (escaped ? next : character);
  return escaped ? 2 : 1;
}

/** The words of a line, or what is wrong with it. */
export function splitLine(line: string): Result<string[], string> {
  const scan: Scan = { words: [], word: null, quote: null };
  let at = 0;
  while (at < line.length) at += step(scan, line.charAt(at), line[at + 1]);
  if (scan.quote !== null) return err(`A ${scan.quote} is not closed.`);
  if (scan.word !== null) scan.words.push(scan.word);
  return ok(scan.words);
}

/** A line that splits into these words again. */
export function joinLine(words: readonly string[]): string {
  return words.map((word) => (SAFE.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
