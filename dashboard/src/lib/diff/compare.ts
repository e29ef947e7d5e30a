import { COMPARED_CHARS, COMPARED_LINES, WORDS_LINES } from './limits.ts';
import { matchLines } from './match.ts';
import { changedWords, type Piece } from './words.ts';

export type LineKind = 'same' | 'removed' | 'added';

/** A line of a comparison. Numbers count from 1; a line has none in the text that lacks it. */
export interface DiffLine {
  readonly kind: LineKind;
  readonly before: number | null;
  readonly after: number | null;
  /** Without the line feed. */
  readonly pieces: readonly Piece[];
  /** The last line of its text, which no line feed ends. */
  readonly unended: boolean;
}

export interface Comparison {
  readonly lines: readonly DiffLine[];
  readonly added: number;
  readonly removed: number;
}

export interface Size {
  readonly lines: number;
  readonly chars: number;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.split(/(?<=\n)/));

export const sizeOf = (text: string): Size => ({ lines: linesOf(text).length, chars: text.length });

/** Whether a text is too long to be compared. */
export const isTooLong = ({ lines, chars }: Size): boolean =>
  lines > COMPARED_LINES || chars > COMPARED_CHARS;

type Numbers = Pick<DiffLine, 'before' | 'after'>;

function lineOf(kind: LineKind, numbers: Numbers, line: string, pieces?: readonly Piece[]): DiffLine {
  const text = line.endsWith('\n') ? line.slice(0, -1) : line;
  const whole = text === '' ? [] : [{ text, changed: false }];
  return { kind, ...numbers, pieces: pieces ?? whole, unended: text === line };
}

const without = (line: string | undefined): string => (line ?? '').replace(/\n$/, '');

/** Finds changed words for the first WORDS_LINES lines that took the place of others. */
class Words {
  #left = WORDS_LINES;

  of(before: string | undefined, after: string | undefined): readonly [Piece[]?, Piece[]?] {
    if (before === undefined || after === undefined || this.#left === 0) return [];
    this.#left--;
    return changedWords(without(before), without(after));
  }
}

/** Lines that are gone, then those that came; the first of each are each other's counterparts. */
function changeOf(
  before: readonly string[],
  after: readonly string[],
  from: readonly [number, number],
  words: Words,
): DiffLine[] {
  const pairs = Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
    words.of(before[index], after[index]),
  );
  return [
    ...before.map((line, index) =>
      lineOf('removed', { before: from[0] + index + 1, after: null }, line, pairs[index]?.[0]),
    ),
    ...after.map((line, index) =>
      lineOf('added', { before: null, after: from[1] + index + 1 }, line, pairs[index]?.[1]),
    ),
  ];
}

/** Compares two texts by lines. The caller asks `isTooLong` first. */
export function compare(oldText: string, newText: string): Comparison {
  const before = linesOf(oldText);
  const after = linesOf(newText);
  const words = new Words();
  const lines: DiffLine[] = [];
  let [b, a] = [0, 0];
  for (const [nextBefore, nextAfter] of [
    ...matchLines(before, after),
    [before.length, after.length] as const,
  ]) {
    lines.push(...changeOf(before.slice(b, nextBefore), after.slice(a, nextAfter), [b, a], words));
    const line = before[nextBefore];
    if (line !== undefined)
      lines.push(lineOf('same', { before: nextBefore + 1, after: nextAfter + 1 }, line));
    [b, a] = [nextBefore + 1, nextAfter + 1];
  }
  const count = (kind: LineKind) => lines.filter((line) => line.kind === kind).length;
  return { lines, added: count('added'), removed: count('removed') };
}
