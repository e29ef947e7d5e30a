import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Emulator } from '../../src/screen/emulator.ts';
import { bytesOf } from '../support/frames.ts';
import { piece } from '../support/pieces.ts';
import { difference, isTorn, laterDifference, Viewer } from '../support/same-screen.ts';
import { snapshotOf, viewerOf } from '../support/snapshots.ts';

const SIZE = { cols: 20, rows: 6 };
/**
 * One seed decides for everyone; SEED and RUNS look further. In some 10,000 runs they find corners of xterm.js that no output
 * leads a fresh terminal to (isTorn names those that it can tell).
 */
const HOW = { seed: Number(process.env['SEED'] ?? 1), numRuns: Number(process.env['RUNS'] ?? 1_000) };

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
    { ...HOW, examples: [[['\x1b[4h', '\x1b[48;2;9;8;7m', '❤️\u200d🔥'], []]] },
  );
});

type Action = { readonly text: string } | { readonly cols: number; readonly rows: number };
const action: fc.Arbitrary<Action> = fc.oneof(
  // Tab stops beyond the last column cannot be set, and come back when it is moved.
  {
    weight: 8,
    arbitrary: piece.filter((text) => !text.endsWith('g') && text !== '\x1bH').map((text) => ({ text })),
  },
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
          // Within an unfinished sequence none can.
          else fc.pre(saw.core._inputHandler._parser.precedingJoinState === 0);
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
    HOW,
  );
});
