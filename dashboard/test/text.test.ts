import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import { countHidden, readable, visible } from '../src/lib/text.ts';

const UNSEEN =
  /\p{Cc}|\p{Cs}|\p{Bidi_Control}|\p{Default_Ignorable_Code_Point}|[\u2800\u2028\u2029]|(?! )\p{Zs}/u;

/**
 * Unicode's own list (DerivedCoreProperties.txt, Default_Ignorable_Code_Point), so that an engine with an older or a
 * mistaken table shows.
 */
const DEFAULT_IGNORABLE: readonly (readonly [number, number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfff8],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

describe('[X6] [X23] visible', () => {
  it('leaves nothing that acts on the text around it, or that nobody sees', () => {
    const character = fc.oneof(
      fc.nat(0x10ffff),
      fc.nat(0x2100),
      fc.constantFrom(...DEFAULT_IGNORABLE.flat(), 0x2800, 0xd800, 0x3000),
    );
    fc.assert(
      fc.property(fc.array(character), (codes) => {
        const text = String.fromCodePoint(...codes);
        expect(visible(text)).not.toMatch(UNSEEN);
        expect(visible(visible(text))).toBe(visible(text));
      }),
    );
  });

  it('shows each character of Unicode that is ignorable by default', () => {
    for (const [first, last] of DEFAULT_IGNORABLE)
      for (let code = first; code <= last; code += 1) {
        const hex = code.toString(16).padStart(4, '0');
        const shown = code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`;
        expect(visible(`a${String.fromCodePoint(code)}b`)).toBe(`a${shown}b`);
      }
  });

  it.each([
    ['\u001b]52;c;aGk=\u0007', '␛]52;c;aGk=␇'],
    ['rm \u202eflow\u202c', 'rm \\u202eflow\\u202c'],
    ['\u009b31m\u007f', '\\u009b31m␡'],
    ['pay\u00adpal\u061c', 'pay\\u00adpal\\u061c'],
    ['a\u{e0041}b\u3164c\u2800d\u115fe\u034ff', 'a\\u{e0041}b\\u3164c\\u2800d\\u115fe\\u034ff'],
    ['rm\u00a0-rf\u2003/\u3000x', 'rm\\u00a0-rf\\u2003/\\u3000x'],
    ['lone \ud800', 'lone \\ud800'],
    ['null\u{1d159}head', 'null\\u{1d159}head'],
  ])('shows %j as what it is', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('leaves every script and picture as it is', () => {
    const text = 'Grüße, 你好, שלום, 👩🏽 <b>&amp;</b>';
    expect(visible(text)).toBe(text);
  });

  it('counts what is hidden in a text of several lines', () => {
    expect(countHidden('ls\n\trm \u200b\u2800x\r\n')).toBe(2);
  });
});

describe('[X23] readable', () => {
  it('keeps what belongs to a picture, and wide spaces, in what a program printed', () => {
    const text = '⚠️ 山田　太郎 👨‍👩‍👧‍👦 👩🏽‍💻 1\u00a0000';
    expect(readable(text)).toBe(text);
  });

  it.each([
    ['a\ufe0fb\u200dc', 'a\\ufe0fb\\u200dc'],
    ['⚠️\ufe0f\u{e0041}', '⚠️\\ufe0f\\u{e0041}'],
    ['\u202eabc\u2800', '\\u202eabc\\u2800'],
  ])('shows %j as what it is', (text, shown) => {
    expect(readable(text)).toBe(shown);
  });
});
