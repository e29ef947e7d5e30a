import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { countMarks, limitRuns, type Run, splitVisible } from '../../src/lib/visible-text/split.ts';

const HIDDEN =
  /(?![\t\n])[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/u;

const character = fc.oneof(
  fc.nat(0x10ffff),
  fc.nat(0x2100),
  fc.constantFrom(
    0x0a,
    0x09,
    0x20,
    0x0d,
    0x1b,
    0x202e,
    0x200b,
    0x5d0,
    0x627,
    0xd800,
    0xdc00,
    0xe000,
    0xe0041,
  ),
);
const text = fc.array(character, { maxLength: 60 }).map((codes) => String.fromCodePoint(...codes));
const options = fc.record({ trailing: fc.boolean(), newlines: fc.boolean() });

const restored = (runs: readonly Run[]): string =>
  runs
    .map((run) => (run.kind === 'mark' ? String.fromCodePoint(run.code).repeat(run.count) : run.text))
    .join('');

describe('[C8] visible text', () => {
  it('is exactly the text again when each mark is put back', () => {
    fc.assert(
      fc.property(text, options, (given, how) => {
        const runs = splitVisible(given, how);

        expect(restored(runs)).toBe(given);
        expect(runs.map((run) => run.text).join('')).toBe(given);
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves nothing hidden outside of a mark', () => {
    fc.assert(
      fc.property(text, options, (given, how) => {
        for (const run of splitVisible(given, how))
          if (run.kind !== 'mark') expect(run.text).not.toMatch(HIDDEN);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['\u001b', 'U+001B', 'escape'],
    ['\r', 'U+000D', 'carriage return'],
    ['\u202e', 'U+202E', 'right-to-left override'],
    ['\u200b', 'U+200B', 'zero width space'],
    ['\u00a0', 'U+00A0', 'no-break space'],
    ['\u2003', 'U+2003', 'unusual space'],
    ['\u{e0041}', 'U+E0041', 'tag character'],
    ['\ue000', 'U+E000', 'private use'],
    ['\u0378', 'U+0378', 'unassigned'],
    ['\ud800', 'U+D800', 'half of a character'],
    ['\ufe0f', 'U+FE0F', 'variation selector'],
    ['\u0085', 'U+0085', 'next line'],
    ['\u0001', 'U+0001', 'control character'],
  ])('marks %j as %s, %s', (hidden, label, name) => {
    expect(splitVisible(`a${hidden}b`)).toMatchObject([
      { kind: 'text', text: 'a' },
      { kind: 'mark', label, name, text: hidden },
      { kind: 'text', text: 'b' },
    ]);
  });

  it('has one mark for the same character many times', () => {
    expect(splitVisible('a\u200b\u200b\u200bb')).toMatchObject([{}, { kind: 'mark', count: 3 }, {}]);
  });

  it('isolates words from right to left, so that an argument does not move', () => {
    expect(splitVisible('rm אבג 1 2')).toEqual([
      { kind: 'text', text: 'rm ' },
      { kind: 'rtl', text: 'אבג' },
      { kind: 'text', text: ' 1 2' },
    ]);
  });

  it('marks blanks at ends of lines and line feeds where they are asked for', () => {
    const kinds = (runs: readonly Run[]) => runs.map((run) => (run.kind === 'mark' ? run.label : run.text));

    expect(kinds(splitVisible('a b \t\nc ', { trailing: true }))).toEqual([
      'a b',
      'U+0020',
      'U+0009',
      '\nc',
      'U+0020',
    ]);
    expect(kinds(splitVisible('a\n\nb', { newlines: true }))).toEqual(['a', 'U+000A', 'U+000A', 'b']);
    expect(kinds(splitVisible('a \n'))).toEqual(['a \n']);
  });

  it('counts what is hidden', () => {
    expect(countMarks(splitVisible('a\u200b\u200b\u202eb'))).toBe(3);
    expect(countMarks(splitVisible('git push --force\n'))).toBe(0);
  });

  it('writes marks out beyond the limit, and leaves nothing out', () => {
    const runs = limitRuns(splitVisible('a\u202eb\u200b\u200bc'), 3);

    expect(runs).toMatchObject([{ text: 'a' }, { label: 'U+202E' }, { kind: 'text', text: 'b[U+200B×2]c' }]);
  });

  it('takes a million blanks within a line', () => {
    expect(splitVisible(`a${' '.repeat(1_000_000)}b`, { trailing: true })).toHaveLength(1);
  });

  it('takes a million hidden characters', () => {
    expect(limitRuns(splitVisible('\u200b\u202e'.repeat(500_000)), 100)).toHaveLength(100);
    expect(splitVisible('\u200b'.repeat(1_000_000))).toMatchObject([{ count: 1_000_000 }]);
  });
});
