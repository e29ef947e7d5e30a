import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { LINE_LENGTH, Line } from '../../src/lib/commands/line.ts';
import { PLAIN, type Style } from '../../src/lib/commands/sgr.ts';

const BOLD: Style = { ...PLAIN, bold: true };
const textOf = (line: Line) => line.spans.map(({ text }) => text).join('');
/** Each character of a line with its style. */
const cellsOf = (line: Line) =>
  line.spans.flatMap(({ text, style }) => Array.from(text, (character) => [character, style]));

const column = fc.nat(12);
const act = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    column: fc.option(column, { nil: undefined }),
    text: fc.string({ unit: fc.constantFrom('a', 'é', '漢', '🦊'), maxLength: 4 }),
    style: fc.constantFrom(PLAIN, BOLD),
  }),
  fc.record({ kind: fc.constant('cut' as const), column }),
  fc.record({ kind: fc.constant('blank' as const), column }),
);

describe('a line that is written', () => {
  test('is what a row of cells would be, written over or not', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        const line = new Line();
        const cells: [string, Style][] = [];
        for (const one of acts) {
          if (one.kind === 'cut') {
            line.cut(one.column);
            cells.length = Math.min(cells.length, one.column);
          } else if (one.kind === 'blank') {
            line.blank(one.column);
            cells.fill([' ', PLAIN], 0, one.column);
          } else {
            const at = one.column ?? cells.length;
            const characters = Array.from(one.text);
            expect(line.put(at, one.text, one.style)).toBe(at + characters.length);
            for (const [index, character] of characters.entries()) {
              while (cells.length < at + index) cells.push([' ', PLAIN]);
              cells[at + index] = [character, one.style];
            }
          }
          expect([line.length, cellsOf(line)]).toEqual([cells.length, cells]);
        }
      }),
    );
  });

  test('joins what is drawn alike', () => {
    const line = new Line();
    line.put(line.put(0, 'a', PLAIN), 'b', PLAIN);
    line.put(2, 'c', BOLD);
    expect(line.spans).toEqual([
      { text: 'ab', style: PLAIN },
      { text: 'c', style: BOLD },
    ]);
  });

  test('leaves the spans that were shown as they were', () => {
    const line = new Line();
    line.put(0, 'a', PLAIN);
    const shown = line.spans;
    line.put(1, 'b', PLAIN);
    expect([shown[0]?.text, textOf(line)]).toEqual(['a', 'ab']);
  });

  test('is cut where it is too long', () => {
    const line = new Line();
    expect(line.put(0, 'x'.repeat(LINE_LENGTH + 5), PLAIN)).toBe(LINE_LENGTH);
    expect(line.put(LINE_LENGTH, 'y', PLAIN)).toBe(LINE_LENGTH);
    expect(textOf(line)).toBe('x'.repeat(LINE_LENGTH));
  });
});
