import type { DiffLine } from './compare.ts';
import { CONTEXT_LINES, FOLDED_LINES } from './limits.ts';

/** Lines that are shown, or a run of unchanged ones that is folded. */
export interface Section {
  readonly folded: boolean;
  readonly lines: readonly DiffLine[];
}

/** Which lines are at most `context` lines from a change. */
function nearChanges(lines: readonly DiffLine[], context: number): boolean[] {
  const near = lines.map(() => false);
  for (const [index, { kind }] of lines.entries()) {
    if (kind !== 'same') near.fill(true, Math.max(0, index - context), index + context + 1);
  }
  return near;
}

function runsOf(lines: readonly DiffLine[], near: readonly boolean[]): Section[] {
  const runs: { folded: boolean; lines: DiffLine[] }[] = [];
  for (const [index, line] of lines.entries()) {
    const folded = near[index] !== true;
    const last = runs.at(-1);
    if (last?.folded === folded) last.lines.push(line);
    else runs.push({ folded, lines: [line] });
  }
  return runs;
}

/** Folds the unchanged lines that are far from any change. */
export function sectionsOf(lines: readonly DiffLine[]): Section[] {
  return runsOf(lines, nearChanges(lines, CONTEXT_LINES)).map((section) =>
    section.lines.length < FOLDED_LINES ? { ...section, folded: false } : section,
  );
}

/** The hunks of a patch: changes with their context, without what lies between them. */
export const hunksOf = (lines: readonly DiffLine[]): (readonly DiffLine[])[] =>
  runsOf(lines, nearChanges(lines, CONTEXT_LINES))
    .filter(({ folded }) => !folded)
    .map((section) => section.lines);

/** Cuts the sections so that each has at most `size` lines, to be drawn one after the other. */
export const inPieces = (sections: readonly Section[], size: number): Section[] =>
  sections.flatMap((section): Section[] => {
    const { folded, lines } = section;
    if (folded) return [section];
    const count = Math.ceil(lines.length / size);
    return Array.from({ length: count }, (_, index) => ({
      folded,
      lines: lines.slice(index * size, (index + 1) * size),
    }));
  });
