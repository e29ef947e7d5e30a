import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Emulator } from '../../src/screen/emulator.ts';
import { FastForward } from '../../src/screen/fast-forward.ts';
import { StreamReader } from '../../src/screen/stream-reader.ts';
import { MemoryVolume } from '../../src/spool/memory-volume.ts';
import { SpoolLog } from '../../src/spool/spool-log.ts';
import { bytesOf, epochOf, output } from '../support/frames.ts';
import { snapshotOf } from '../support/snapshots.ts';

const SIZE = { cols: 20, rows: 4 };
const KEPT = { scrollback: 6 };
const EPOCH = epochOf(1);

const line = fc
  .tuple(
    fc.constantFrom(
      '',
      '\x1b[31m',
      '\x1b[1;44m',
      '\x1b[0m',
      '\x1b[m',
      '\x1b[38;2;1;2;3m',
      'é',
      '漢',
      '\t',
      '\x07',
    ),
    fc.string({ unit: 'grapheme-ascii', maxLength: 30 }),
    fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', ''),
  )
  .map((parts) => parts.join(''));
const other = fc.constantFrom(
  '\x1b[2J',
  '\x1b[3;2H',
  '\x1b7',
  '\x1b]0;t\x07',
  '\x1b[?25l',
  '\x1b8',
  '\x0e',
  '\x08',
  '\u0085',
);
const piece = fc.oneof({ weight: 30, arbitrary: line }, { weight: 1, arbitrary: other });

/** Shows all of a stream, its frames cut anywhere; returns what it shows and how many frames it was given. */
function shown(text: string, cuts: readonly number[], fast: boolean): { state: unknown; fed: number } {
  const spool = new SpoolLog(new MemoryVolume(), 'boot');
  spool.startEpoch(EPOCH);
  const places = [0, ...[...cuts].sort((a, b) => a - b), text.length];
  const frames = places
    .slice(1)
    .map((to, index) => text.slice(places[index], to))
    .filter((frame) => frame !== '');
  for (const [index, frame] of frames.entries()) spool.append(output(EPOCH, index + 1, frame));
  const source = new FastForward(new StreamReader(spool));
  const emulator = new Emulator(SIZE, KEPT);
  let fed = 0;
  for (let frame = source.read(null); frame !== null; frame = source.read(fast ? emulator.linesKept : null)) {
    if (frame.step?.type !== 'output') continue;
    fed += 1;
    emulator.feed(frame.step.data);
  }
  if (frames.length > 0) expect(source.has({ epoch: EPOCH, sequence: frames.length })).toBe(true);
  const state = snapshotOf(emulator);
  return {
    state:
      state === null
        ? null
        : [state.data, state.modes, state.pending].map((part) => Buffer.from(part).toString()),
    fed,
  };
}

test('[P8] [S14] what is passed over was above the scrollback: the screen is the same', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 80 }),
      fc.array(fc.nat(2_000), { maxLength: 60 }),
      (pieces, cuts) => {
        const text = pieces.join('');
        const places = cuts.map((cut) => Math.min(cut, text.length));
        expect(shown(text, places, true).state).toEqual(shown(text, places, false).state);
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 500) },
  );
});

test('[P8] of a flood of lines next to nothing is parsed', () => {
  const text = Array.from(
    { length: 2_000 },
    (_, index) => `\x1b[3${index % 8}mline ${index}\x1b[0m\r\n`,
  ).join('');
  const cuts = Array.from({ length: 500 }, (_, index) => Math.floor((text.length * index) / 500));
  const { fed, state } = shown(text, cuts, true);
  expect(fed).toBeLessThan(12);
  expect(state).toEqual(shown(text, cuts, false).state);
});

test('[S14] bytes in eight bits are no plain text', () => {
  const text = `${'one\r\n'.repeat(40)}\u009b31m${'two\r\n'.repeat(40)}`;
  const cuts = Array.from({ length: 60 }, (_, index) => index * 7);
  expect(bytesOf(text).length).toBeGreaterThan(text.length);
  expect(shown(text, cuts, true).state).toEqual(shown(text, cuts, false).state);
});
