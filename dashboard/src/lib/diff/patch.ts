import { visible } from '../text.ts';
import type { DiffLine, LineKind } from './compare.ts';
import { hunksOf } from './sections.ts';

const SIGNS: Readonly<Record<LineKind, string>> = { same: ' ', removed: '-', added: '+' };

/** `start,count`, or the line before which nothing is, where the side has no lines. */
function rangeOf(hunk: readonly DiffLine[], side: 'before' | 'after', last: number): string {
  const numbers = hunk.flatMap((line) => line[side] ?? []);
  return `${numbers[0] ?? last},${numbers.length}`;
}

const writeLine = ({ kind, pieces, unended }: DiffLine): string =>
  `${SIGNS[kind]}${pieces.map(({ text }) => text).join('')}\n${unended ? '\\ No newline at end of file\n' : ''}`;

/** A unified patch, as `patch` and `git apply` read it. A path is on one line, whatever is in it. */
export function patchOf(path: string, lines: readonly DiffLine[]): string {
  const last = { before: 0, after: 0 };
  const hunks = hunksOf(lines).map((hunk) => {
    const header = `@@ -${rangeOf(hunk, 'before', last.before)} +${rangeOf(hunk, 'after', last.after)} @@\n`;
    last.before = hunk.findLast((line) => line.before !== null)?.before ?? last.before;
    last.after = hunk.findLast((line) => line.after !== null)?.after ?? last.after;
    return header + hunk.map(writeLine).join('');
  });
  return `--- ${visible(path)}\n+++ ${visible(path)}\n${hunks.join('')}`;
}
