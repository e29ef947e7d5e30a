import { readdirSync, readFileSync } from 'node:fs';
import { type Run, runBoundary } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Emulator } from '../../src/screen/emulator.ts';
import { countUsedRows } from '../../src/screen/rows-used.ts';
import { bytesOf } from '../support/frames.ts';
import { piece } from '../support/pieces.ts';
import { freshDifference, Viewer } from '../support/same-screen.ts';
import { snapshotOf, viewerOf } from '../support/snapshots.ts';

const SIZE = { cols: 20, rows: 6 };
const ESC = '\x1b';
const PREVIOUS = { startedAt: 1_000, endedAt: 66_000, signal: 'SIGKILL' };
/** With a rule that is longer than one line, and rows that the keeper knows, or not. */
const runOf = (used: number | undefined, size = SIZE): Run => ({
  by: 'person',
  terminal: { ...size, ...(used === undefined ? {} : { used }) },
  previous: PREVIOUS,
});

/** A program is killed in each of these, and another starts. */
const LEFT: Readonly<Record<string, string>> = {
  'the alternate screen': `${ESC}[?1049h${ESC}[2;3Hfull`,
  'the alternate screen with a cursor saved there': `${ESC}[?1047h${ESC}[31m${ESC}[3;3H${ESC}7${ESC}(0${ESC}[2;4r`,
  'mouse modes': `${ESC}[?1003h${ESC}[?1006h`,
  'each other mouse mode': `${ESC}[?9h${ESC}[?1000h${ESC}[?1002h${ESC}[?1016h`,
  'bracketed paste': `${ESC}[?2004h`,
  'cursor keys and keypad': `${ESC}[?1h${ESC}=${ESC}[?66h`,
  'origin and region': `${ESC}[2;4r${ESC}[?6h`,
  insert: `${ESC}[4h`,
  'no wraparound': `${ESC}[?7l${ESC}[?45h`,
  'newline mode': `${ESC}[20h`,
  'focus reports': `${ESC}[?1004h`,
  'held drawing': `${ESC}[?2026h`,
  charsets: `${ESC}(0${ESC})A${ESC}*4${ESC}+5\x0e`,
  colours: `${ESC}[31;44;1;3;4:3;58:5:9;9;53m`,
  'protected characters': `${ESC}[1"q`,
  'a link': `${ESC}]8;id=a;http://a\x07`,
  'a hidden cursor': `${ESC}[?25l${ESC}[5 q`,
  'a saved cursor': `${ESC}[3;3H${ESC}[35m${ESC}(0${ESC}7`,
  'tab stops': `${ESC}[3g${ESC}[5G${ESC}H`,
  'a character to repeat': 'x',
  'the margin': 'x'.repeat(20),
  OSC: `${ESC}]0;half`,
  'OSC in eight bits': '\u009d0;half',
  DCS: `${ESC}P$q`,
  'DCS with parameters': `${ESC}P1;2`,
  APC: `${ESC}_Gi=1`,
  PM: `${ESC}^half`,
  SOS: `${ESC}Xhalf`,
  CSI: `${ESC}[3`,
  'CSI with intermediates': `${ESC}[3!`,
  'a broken CSI': `${ESC}[3<`,
  ESC,
  'ESC with intermediates': `${ESC}(`,
};
const TORN: readonly (readonly number[])[] = [[0xc3], [0xe6, 0xbc], [0xf0], [0xf0, 0x9f, 0x98]];

const linesOf = ({ terminal }: Viewer): string[] =>
  Array.from({ length: terminal.buffer.normal.length }, (_, index) =>
    (terminal.buffer.normal.getLine(index)?.translateToString(true) ?? '').trimEnd(),
  );

/** The screen of a page: the same bytes, without the keeper's handling of what is cut off. */
function page(before: Uint8Array, run: Run): Viewer {
  const viewer = new Viewer(SIZE);
  viewer.write(before);
  if (run.terminal !== undefined) viewer.terminal.resize(run.terminal.cols, run.terminal.rows);
  viewer.write(bytesOf(runBoundary(run)));
  return viewer;
}

function expectFresh(before: Uint8Array, later = ''): void {
  const emulator = new Emulator(SIZE);
  emulator.feed(before);
  const run = runOf(emulator.rowsUsed);
  expect(emulator.begin(run)).toBeUndefined();
  const fresh = new Viewer(SIZE);
  const live = page(before, run);
  const bottom = page(before, runOf(undefined));
  const state = snapshotOf(emulator);
  if (state === null) throw new Error('no snapshot');
  const reloaded = viewerOf(state);
  for (const viewer of [fresh, live, bottom, reloaded]) viewer.write(bytesOf(later));
  expect(freshDifference(fresh.core, live.core)).toBeNull();
  expect(freshDifference(fresh.core, bottom.core)).toBeNull();
  expect(freshDifference(fresh.core, reloaded.core)).toBeNull();
  expect(linesOf(reloaded)).toEqual(linesOf(live));
}

describe('[P7] battery 26: a new run finds a fresh terminal, live and after a reload, and its past in the scrollback, after', () => {
  test.each(Object.entries(LEFT))('%s', (_, left) => {
    for (const later of ['', 'new\r\n\tx\x1b8y\x1b[1;1H']) expectFresh(bytesOf(`one\r\ntwo${left}`), later);
    const emulator = new Emulator(SIZE);
    emulator.feed(bytesOf(`one\r\ntwo\r\n${left}`));
    const viewer = page(bytesOf(`one\r\ntwo\r\n${left}`), runOf(emulator.rowsUsed));
    expect(linesOf(viewer).slice(0, 2)).toEqual(['one', 'two']);
    const text = linesOf(viewer).join('').replaceAll(' ', '');
    expect(text).toContain('endedbySIGKILLat1970-01-0100:01:06UTCafter1min5s');
    if (!left.includes('0;half')) return;
    expect(viewer.titles.filter((title) => title !== '')).toEqual([]);
  });

  test.each(TORN)('the first bytes %o of a character', (...bytes) => {
    const before = Buffer.concat([bytesOf('one'), Uint8Array.from(bytes)]);
    expectFresh(before, 'é漢😀');
  });

  test('whatever a program writes, killed anywhere in it', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        // xterm.js forgets where the cursor was saved with the scrollback above it, and a link with the last line that
        // has its id: only a fresh one has none above.
        fc.array(
          piece.filter((text) => text !== '\x1b[3J' && !text.startsWith('\x1b]8;id=')),
          { maxLength: 8 },
        ),
        fc.nat(400),
        (before, after, cut) => {
          const bytes = bytesOf(before.join(''));
          expectFresh(bytes.subarray(0, Math.max(0, bytes.length - cut)), after.join(''));
        },
      ),
      { numRuns: Number(process.env['RUNS'] ?? 1_000) },
    );
  });

  const corpus = new URL('./corpus/', import.meta.url);
  test.each(readdirSync(corpus).filter((name) => name.endsWith('.bin')))(
    '%s, killed anywhere in it',
    (name) => {
      const bytes = readFileSync(new URL(name, corpus));
      const cuts = fc.integer({ min: 0, max: bytes.length });
      fc.assert(
        fc.property(cuts, (cut) => expectFresh(bytes.subarray(0, cut), 'next')),
        { numRuns: 60 },
      );
    },
  );
});

test('[P7] title, palette and a blinking cursor are those of a fresh terminal too', () => {
  const emulator = new Emulator(SIZE);
  emulator.feed(bytesOf('\x1b]2;title\x07\x1b]4;1;#ff0000\x07\x1b]11;#123456\x07\x1b[?12h'));
  emulator.begin(runOf(undefined));
  const state = snapshotOf(emulator);
  const fresh = snapshotOf(new Emulator(SIZE));
  expect(Buffer.from(state?.modes ?? []).toString()).toBe(Buffer.from(fresh?.modes ?? []).toString());
});

test('[P7] nothing of the normal screen is lost, below the cursor neither, whether or not its rows are known', () => {
  const text = 'a\r\nb\r\nc\r\nd\x1b[1;1H';
  for (const used of [undefined, 4]) {
    const viewer = page(bytesOf(text), runOf(used));
    expect(linesOf(viewer).slice(0, 4)).toEqual(['a', 'b', 'c', 'd']);
  }
  const known = new Viewer(SIZE);
  known.write(bytesOf(text));
  expect(countUsedRows(known.core)).toBe(4);
});

test('[P7] runs that print a line each stand below one another, with a rule between', () => {
  const emulator = new Emulator({ cols: 100, rows: 10 });
  for (const line of ['first', 'second', 'third']) {
    const run = runOf(emulator.rowsUsed, { cols: 100, rows: 10 });
    emulator.begin(line === 'first' ? { by: 'person', terminal: { cols: 100, rows: 10, used: 0 } } : run);
    emulator.feed(bytesOf(`${line}\r\n`));
  }
  const state = snapshotOf(emulator);
  if (state === null) throw new Error('no snapshot');
  const rule = '── ended by SIGKILL at 1970-01-01 00:01:06 UTC after 1 min 5 s · restarted by a person ──';
  expect(linesOf(viewerOf(state)).slice(0, 5)).toEqual(['first', rule, 'second', rule, 'third']);
});

test('[P7] the terminal has the size of the run', () => {
  const emulator = new Emulator(SIZE);
  emulator.feed(bytesOf('wide'));
  emulator.begin(runOf(undefined, { cols: 33, rows: 7 }));
  expect(snapshotOf(emulator)).toMatchObject({ cols: 33, rows: 7 });
});
