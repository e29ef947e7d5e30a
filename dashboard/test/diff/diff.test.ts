import { applyPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { compare, type DiffLine, isTooLong, sizeOf } from '../../src/lib/diff/compare.ts';
import { COMPARED_CHARS, COMPARED_LINES } from '../../src/lib/diff/limits.ts';
import { patchOf } from '../../src/lib/diff/patch.ts';
import { rowsOf } from '../../src/lib/diff/rows.ts';
import { hunksOf, inPieces, sectionsOf } from '../../src/lib/diff/sections.ts';
import { changedWords } from '../../src/lib/diff/words.ts';

const line = fc.constantFrom('', 'a', 'b', 'a b c', 'return x;', '  return y;', 'é\r', '\u202e');
const text = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
  .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''));

const textOf = ({ pieces, unended }: DiffLine): string =>
  pieces.map((piece) => piece.text).join('') + (unended ? '' : '\n');
const side = (lines: readonly DiffLine[], without: DiffLine['kind']): DiffLine[] =>
  lines.filter(({ kind }) => kind !== without);

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');

describe('[C8] a comparison of two texts', () => {
  it('holds both texts whole, each line with its number', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { lines } = compare(before, after);
        const [old, young] = [side(lines, 'added'), side(lines, 'removed')];

        expect(old.map(textOf).join('')).toBe(before);
        expect(young.map(textOf).join('')).toBe(after);
        expect(old.map((at) => at.before)).toEqual(old.map((_, index) => index + 1));
        expect(young.map((at) => at.after)).toEqual(young.map((_, index) => index + 1));
      }),
      { numRuns: 1000 },
    );
  });

  it('is a patch that makes the new text of the old', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const patch = patchOf('a.txt', compare(before, after).lines);

        expect(applyPatch(before, patch, { autoConvertLineEndings: false })).toBe(after);
      }),
      { numRuns: 1000 },
    );
  });

  it('is a patch of one file, whatever its path', () => {
    expect(patchOf('a\n+++ b', compare('', 'x').lines)).toBe(
      '--- a\u240a+++ b\n+++ a\u240a+++ b\n@@ -0,0 +1,1 @@\n+x\n\\ No newline at end of file\n',
    );
  });

  it('counts what was added and removed', () => {
    expect(compare('a\nb\nc\n', 'a\nx\ny\nc\n')).toMatchObject({ added: 2, removed: 1 });
    expect(compare('', 'a\nb')).toMatchObject({ added: 2, removed: 0 });
    expect(compare('a\n', 'a\n')).toMatchObject({ added: 0, removed: 0 });
  });

  it('shows a line feed that is gone from the end', () => {
    expect(compare('a\n', 'a').lines).toMatchObject([
      { kind: 'removed', unended: false },
      { kind: 'added', unended: true },
    ]);
  });

  it('marks the words that changed within a line', () => {
    expect(changedWords('return sum(items, 0);', 'return total(items, 0);')).toEqual([
      [
        { text: 'return ', changed: false },
        { text: 'sum', changed: true },
        { text: '(items, 0);', changed: false },
      ],
      [
        { text: 'return ', changed: false },
        { text: 'total', changed: true },
        { text: '(items, 0);', changed: false },
      ],
    ]);
  });

  it('marks no words in a line that is written anew', () => {
    expect(changedWords('one two three', 'quite another line')).toEqual([
      [{ text: 'one two three', changed: false }],
      [{ text: 'quite another line', changed: false }],
    ]);
  });

  it('takes the longest texts that it compares, whatever is in them', () => {
    const lines = (prefix: string) =>
      Array.from({ length: COMPARED_LINES }, (_, at) => `${prefix}${(at * 7919) % 97}\n`);
    const before = lines('a').join('');

    expect(compare(before, lines('b').join(''))).toMatchObject({
      added: COMPARED_LINES,
      removed: COMPARED_LINES,
    });
    const { lines: reversed } = compare(before, lines('a').reverse().join(''));
    expect(side(reversed, 'removed').map(textOf).join('')).toBe(lines('a').reverse().join(''));
  });

  it('compares no more than the bound', () => {
    expect(isTooLong(sizeOf('a\n'.repeat(COMPARED_LINES)))).toBe(false);
    expect(isTooLong(sizeOf('a\n'.repeat(COMPARED_LINES + 1)))).toBe(true);
    expect(isTooLong(sizeOf('a'.repeat(COMPARED_CHARS + 1)))).toBe(true);
  });
});

describe('sections of a comparison', () => {
  it('keep three lines around a change and fold the rest', () => {
    const { lines } = compare(numbered(1, 40), numbered(1, 40).replace('line 20\n', 'line twenty\n'));

    const sections = sectionsOf(lines).map((section) => [section.folded, section.lines.length]);

    expect(sections).toEqual([
      [true, 16],
      [false, 8],
      [true, 17],
    ]);
  });

  it('fold no run that is shorter than its button', () => {
    const text = numbered(1, 12);
    const { lines } = compare(text, text.replace('line 1\n', 'x\n').replace('line 11\n', 'y\n'));

    expect(sectionsOf(lines).every(({ folded }) => !folded)).toBe(true);
  });

  it('fold all of two equal texts, and none of a new one', () => {
    expect(sectionsOf(compare(numbered(1, 9), numbered(1, 9)).lines)).toMatchObject([{ folded: true }]);
    expect(sectionsOf(compare('', numbered(1, 9)).lines)).toMatchObject([{ folded: false }]);
    expect(hunksOf(compare(numbered(1, 9), numbered(1, 9)).lines)).toEqual([]);
  });

  it('lose no line when they are cut', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 5 }), (before, after, size) => {
        const { lines } = compare(before, after);
        const pieces = inPieces(sectionsOf(lines), size);

        expect(pieces.flatMap((piece) => piece.lines)).toEqual(lines);
        for (const piece of pieces) expect(piece.folded || piece.lines.length <= size).toBe(true);
      }),
    );
  });
});

describe('lines side by side', () => {
  it('have all lines of the old text on the left and of the new on the right', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const rows = rowsOf(compare(before, after).lines);

        expect(
          rows
            .flatMap(({ left }) => left ?? [])
            .map(textOf)
            .join(''),
        ).toBe(before);
        expect(
          rows
            .flatMap(({ right }) => right ?? [])
            .map(textOf)
            .join(''),
        ).toBe(after);
      }),
    );
  });

  it('put what came beside what it replaced', () => {
    expect(rowsOf(compare('a\nb\nc\n', 'a\nx\nc\n').lines)).toMatchObject([
      { left: { kind: 'same' }, right: { kind: 'same' } },
      { left: { kind: 'removed', before: 2 }, right: { kind: 'added', after: 2 } },
      { left: { kind: 'same' }, right: { kind: 'same' } },
    ]);
  });
});
