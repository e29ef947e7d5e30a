import fc from '../../../test/harness/fast-check.ts';

const number = fc.oneof(fc.nat(8), fc.nat(30));
const csi = (finals: string, most: number) =>
  fc
    .tuple(fc.array(number, { maxLength: most }), fc.constantFrom(...finals))
    .map(([numbers, final]) => `\x1b[${numbers.join(';')}${final}`);
const one = (...texts: string[]) => fc.constantFrom(...texts);

/** The output of programs, piece by piece. */
export const piece = fc.oneof(
  fc.string({ maxLength: 30 }),
  one('漢字', 'e\u0301', '한글', '😀', '\u0301', '\u200b', 'ｗ', '─│┌', 'abcdefghijklmnopqrstuvwxyz'),
  one(
    '👨‍👩‍👧‍👦',
    '⚠️',
    '⚠',
    '🇩🇪',
    '🇫',
    '👍🏽',
    '\u{1f3fd}',
    '\u200d',
    '\ufe0f',
    '1️⃣',
    '\u1112\u1161\u11ab',
    'क्षि',
    'நி',
    '\u2060',
    '❤️‍🔥',
  ),
  one('\r\n', '\n', '\r', '\b', '\t', '\x0e', '\x0f', '\x0b'),
  csi('ABCDEFGHILMPSTXZ@`abdef', 2),
  csi('HHHr', 2),
  csi('K', 1),
  // Not CSI 1 J: xterm.js 6.0 fails on it in the last cell of the screen.
  one('\x1b[J', '\x1b[2J', '\x1b[3J', '\x1b[1;1H\x1b[1J'),
  csi('g', 1),
  // Columns are taken out with the cursor in the first: beyond the last it would stand behind a cell that is empty.
  one('\x1b[?J', '\x1b[?K', '\r\x1b[2 @', '\x1b[1 A', "\x1b[1'}", "\r\x1b[1'~"),
  fc
    .constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 21, 22, 23, 24, 25, 27, 28, 29, 31, 39, 42, 49, 53, 55, 95, 103)
    .map((n) => `\x1b[${n}m`),
  one(
    '\x1b[38;5;200m',
    '\x1b[48;5;17m',
    '\x1b[38;2;1;2;3m',
    '\x1b[48;2;9;8;7m',
    '\x1b[4:3m',
    '\x1b[58:5:9m',
    '\x1b[58:2::1:2:3m',
    '\x1b[m',
  ),
  one('\x1b[4h', '\x1b[4l', '\x1b[20h', '\x1b[20l', '\x1b[1"q', '\x1b[0"q'),
  fc
    .tuple(
      fc.constantFrom(
        1,
        6,
        7,
        7,
        9,
        12,
        25,
        45,
        47,
        66,
        1000,
        1002,
        1003,
        1004,
        1006,
        1016,
        1047,
        1048,
        1049,
        2004,
        2026,
      ),
      one('h', 'l'),
    )
    .map(([mode, final]) => `\x1b[?${mode}${final}`),
  one('\x1b7', '\x1b8', '\x1b[s', '\x1b[u', '\x1bD', '\x1bE', '\x1bM', '\x1bH', '\x1b#8', '\x1b=', '\x1b>'),
  one('\x1b(0', '\x1b(B', '\x1b)0', '\x1b*A', '\x1b+4', '\x1bn', '\x1bo', '\x1b%G'),
  one('\x1b[!p', '\x1bc', '\x1b[3 q', '\x1b[0 q', '\x1b[3b'),
  one(
    '\x1b]8;;http://a\x07',
    '\x1b]8;id=x;http://b\x07',
    '\x1b]8;;\x07',
    '\x1b]0;title\x07',
    '\x1b]4;1;#ff0000\x07',
    '\x1b]11;#000000\x1b\\',
  ),
  one('\x1b[12', '\x1b]0;ti', '\x1bP$q', '\x1b', '\x18', '\x1b[\n3m'),
);
