import { diffArrays } from 'diff';
import { LINE_EDITS } from './limits.ts';

/** Indexes of two equal elements, in the old and the new list. */
type Match = readonly [number, number];

/** Which elements of the two lists correspond: as many as can be in one order, or none beyond `edits` differences. */
export function match(before: readonly string[], after: readonly string[], edits: number): Match[] {
  const inBefore = new Set(before);
  const inAfter = new Set(after);
  // An element of one list alone corresponds to none. Without those the search is short where all was written anew.
  const left = [...before.keys()].filter((index) => inAfter.has(before[index] ?? ''));
  const right = [...after.keys()].filter((index) => inBefore.has(after[index] ?? ''));
  const texts = (list: readonly string[], indexes: readonly number[]) =>
    indexes.map((index) => list[index] ?? '');
  const changes = diffArrays(texts(before, left), texts(after, right), { maxEditLength: edits }) ?? [];
  const matches: Match[] = [];
  let [l, r] = [0, 0];
  for (const { added, removed, count } of changes) {
    for (let step = 0; step < count; step++) {
      if (!added && !removed) matches.push([left[l] ?? 0, right[r] ?? 0]);
      if (!added) l++;
      if (!removed) r++;
    }
  }
  return matches;
}

/** As `match`, for the lines of two texts: what is the same at both ends is not searched. */
export function matchLines(before: readonly string[], after: readonly string[]): Match[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const middle = match(
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
    LINE_EDITS,
  );
  return [
    ...Array.from({ length: head }, (_, index): Match => [index, index]),
    ...middle.map(([one, other]): Match => [one + head, other + head]),
    ...Array.from(
      { length: tail },
      (_, index): Match => [before.length - tail + index, after.length - tail + index],
    ),
  ];
}
