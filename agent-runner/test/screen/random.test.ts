import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Emulator } from '../../src/screen/emulator.ts';
import { bytesOf } from '../support/frames.ts';
import { difference, isTorn, laterDifference, Viewer } from '../support/same-screen.ts';
import { snapshotOf, viewerOf } from '../support/snapshots.ts';

const SIZE = { cols: 20, rows: 6 };
const number = fc.oneof(fc.nat(8), fc.nat(30));
const csi = (finals: string, most: number) =>
  fc
    .tuple(fc.array(number, { maxLength: most }), fc.constantFrom(...finals))
    .map(([numbers, final]) => `\x1b[${numbers.join(';')}${final}`);
const one = (...texts: string[]) => fc.constantFrom(...texts);

/** What programs write, piece by piece. */
const piece = fc.oneof(
  fc.string({ maxLength: 30 }),
  one('漢字', 'e\u0301', '한글', '😀', '\u0301', '\u200b', 'ｗ', '─│┌', 'abcdefghijklmnopqrstuvwxyz'),
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

test('[S14] a snapshot and the rest are the whole, whatever was written before and after', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.array(piece, { maxLength: 12 }), (before, after) => {
      const first = bytesOf(before.join(''));
      const rest = bytesOf(after.join(''));
      const emulator = new Emulator(SIZE);
      emulator.feed(first);
      const state = snapshotOf(emulator);
      if (state === null) throw new Error('no snapshot');
      const viewer = viewerOf(state);
      const saw = new Viewer(SIZE);
      saw.write(first.subarray(0, first.length - state.pending.length));
      fc.pre(!isTorn(saw.core));
      expect(difference(saw.core, viewer.core)).toBeNull();
      const end = Buffer.concat([state.pending, rest]);
      saw.write(end);
      viewer.write(end);
      expect(laterDifference(saw.core, viewer.core)).toBeNull();
    }),
    { numRuns: Number(process.env['RUNS'] ?? 1_000) },
  );
});

type Action = { readonly text: string } | { readonly cols: number; readonly rows: number };
const action: fc.Arbitrary<Action> = fc.oneof(
  // Tab stops beyond the last column cannot be set, and come back when it is moved.
  { weight: 8, arbitrary: piece.filter((text) => !/g$|\x1bH/.test(text)).map((text) => ({ text })) },
  {
    weight: 1,
    arbitrary: fc.record({ cols: fc.integer({ min: 2, max: 30 }), rows: fc.integer({ min: 1, max: 9 }) }),
  },
);

test('[S14] … and however its size changed', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), fc.array(action, { maxLength: 12 }), (before, after) => {
      const emulator = new Emulator(SIZE);
      const saw = new Viewer(SIZE);
      for (const each of before) {
        if ('text' in each) {
          const { pending } = emulator;
          emulator.feed(bytesOf(each.text));
          const held = emulator.pending.length;
          const all = Buffer.concat([pending, bytesOf(each.text)]);
          saw.write(all.subarray(0, all.length - held));
        } else {
          emulator.resize(each);
          saw.terminal.resize(each.cols, each.rows);
          // Whatever comes first joins no character that the resize has moved; a control sees to that.
          emulator.feed(Uint8Array.of(0));
          if (emulator.pending.length === 0) saw.write(Uint8Array.of(0));
        }
      }
      const state = snapshotOf(emulator);
      if (state === null) throw new Error('no snapshot');
      const viewer = viewerOf(state);
      fc.pre(!isTorn(saw.core));
      expect(difference(saw.core, viewer.core)).toBeNull();
      saw.write(state.pending);
      viewer.write(state.pending);
      for (const each of after) {
        for (const { core, terminal } of [saw, viewer]) {
          if ('text' in each) core._inputHandler.parse(bytesOf(each.text));
          else terminal.resize(each.cols, each.rows);
        }
      }
      expect(laterDifference(saw.core, viewer.core)).toBeNull();
    }),
    { numRuns: Number(process.env['RUNS'] ?? 1_000) },
  );
});
