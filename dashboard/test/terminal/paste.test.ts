import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { asksFirst, isPasteLike, linesOf, pastable, pasteOf } from '../../src/lib/terminal/paste.ts';

const BEGIN = '\x1b[200~';
const END = '\x1b[201~';
/** Made of what an attacker would make it of. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\x1b',
        '\x9b',
        '[',
        '201~',
        '200~',
        END,
        '\x1b[2',
        '01~',
        '\x03',
        '\x18',
        '\r\n',
        '\n',
        '\r',
        '\t',
      ),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join(''));

describe('[X22] pasting is text', () => {
  test('the end of a paste is said once, at its end, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const sent = pasteOf(text, true);
        expect(sent.startsWith(BEGIN)).toBe(true);
        expect(sent.indexOf(END)).toBe(sent.length - END.length);
        const inside = sent.slice(BEGIN.length, -END.length);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
        expect(inside).not.toMatch(/[\u0000-\u0008\u000a-\u000c\u000e-\u001f\u007f-\u009f]/);
      }),
    );
  });
  test('no control character reaches a program without brackets either, and cleaning twice changes nothing', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(pasteOf(text, false)).toBe(pastable(text));
        expect(pastable(pastable(text))).toBe(pastable(text));
      }),
    );
  });
  test.each([
    ['\x1b[2\x1b[201~01~rm -rf ~\r', '[2[201~01~rm -rf ~\r'],
    ['a\x9b201~b', 'a201~b'],
    ['one\r\ntwo\nthree\tfour', 'one\rtwo\rthree\tfour'],
    ['é 漢字 👩🏽\u200d💻', 'é 漢字 👩🏽\u200d💻'],
    ['\x03\x04\x1a\x7f\x00', ''],
  ])('%j is pasted as %j', (text, clean) => {
    expect(pastable(text)).toBe(clean);
  });
  test('what a program would run by itself is asked about first', () => {
    expect(asksFirst('ls', false)).toBe(false);
    expect(asksFirst('ls\n', false)).toBe(true);
    expect(asksFirst('ls\r\nid', false)).toBe(true);
    expect(asksFirst('ls\nid', true)).toBe(false);
    expect(linesOf('ls\r\nid\n')).toEqual(['ls', 'id']);
    expect(linesOf('\n\n')).toEqual(['', '']);
  });
  test('a key is no paste, and what a keyboard writes is none; text with controls in it is', () => {
    expect(['a', '\r', '\x1b', 'über', '👨‍👩‍👧', '漢字'].map(isPasteLike)).toEqual(Array(6).fill(false));
    expect(['a\nb', 'ls\x1b[201~', '\x1b\x03'].map(isPasteLike)).toEqual([true, true, true]);
  });
});
