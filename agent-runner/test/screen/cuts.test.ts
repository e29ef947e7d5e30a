import { readdirSync, readFileSync } from 'node:fs';
import type { TerminalSize } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import { Emulator } from '../../src/screen/emulator.ts';
import { bytesOf } from '../support/frames.ts';
import { difference, laterDifference, Viewer } from '../support/same-screen.ts';
import { snapshotOf, viewerOf } from '../support/snapshots.ts';
import { PAGE_SIZE, PAGES } from './corpus/pages.ts';

/** Battery 25. Of the recordings every n-th cut within plain text; all that touch a sequence or a control. */
const TEXT_CUTS = Number(process.env['MUSTER_TEXT_CUTS'] ?? 8);
/** Cuts of a recording after which all the rest is written. */
const WHOLE_RESTS = 8;
const LIMIT_MS = 300_000;

interface Cut {
  /** The bytes before it at which the parser was last at rest. */
  readonly rest: number;
  readonly data: Uint8Array;
  readonly modes: Uint8Array;
}

/**
 * Goes along the bytes with one emulator and one terminal that sees it all; `look` is called wherever that is at rest.
 * Between two such places a snapshot differs by what is pending only, which is compared at every byte.
 */
function walk(
  bytes: Uint8Array,
  size: TerminalSize,
  look: (cut: Cut, saw: Viewer, at: number) => void,
): Viewer {
  const emulator = new Emulator(size);
  const saw = new Viewer(size);
  let rest = 0;
  for (let at = 1; at <= bytes.length; at += 1) {
    emulator.feed(bytes.subarray(at - 1, at));
    const { pending } = emulator;
    if (Buffer.compare(pending, bytes.subarray(at - pending.length, at)) !== 0)
      throw new Error(`pending at ${at}`);
    if (pending.length > 0) continue;
    saw.write(bytes.subarray(rest, at));
    const text = at - rest === 1 && (bytes[at - 1] ?? 0) >= 0x20;
    rest = at;
    if (text && at % TEXT_CUTS !== 0) continue;
    const state = snapshotOf(emulator);
    if (state === null) throw new Error('no snapshot');
    look({ rest, ...state }, saw, at);
  }
  saw.write(bytes.subarray(rest));
  return saw;
}

const viewerAt = ({ data, modes }: Cut, size: TerminalSize): Viewer =>
  viewerOf({ ...size, data, modes, pending: new Uint8Array(0) });

const recordings = new URL('./corpus/', import.meta.url);
const names = readdirSync(recordings).filter((name) => name.endsWith('.bin'));
const SIZE = { cols: 80, rows: 24 };

describe('[S14] battery 25: a snapshot of', () => {
  test.each(names)('%s is the terminal that saw it all, at every cut', { timeout: LIMIT_MS }, (name) => {
    const bytes = readFileSync(new URL(name, recordings));
    const later: { viewer: Viewer; from: number }[] = [];
    let last: Cut | null = null;
    const every = Math.ceil(bytes.length / WHOLE_RESTS);
    const saw = walk(bytes, SIZE, (cut, whole, at) => {
      const found = difference(whole.core, viewerAt(cut, SIZE).core, 4);
      if (found !== null) throw new Error(`${name}, byte ${at}: ${found}`);
      if (last === null || at - last.rest >= every) {
        later.push({ viewer: viewerAt(cut, SIZE), from: at });
        last = cut;
      }
    });
    for (const { viewer, from } of later) {
      viewer.write(bytes.subarray(from));
      expect(laterDifference(saw.core, viewer.core), `cut at ${from}`).toBeNull();
    }
  });

  test.each(Object.entries(PAGES))(
    'the page of %s and the rest are the whole, cut at every byte',
    { timeout: LIMIT_MS },
    (_, text) => {
      const bytes = bytesOf(text);
      const whole = new Viewer(PAGE_SIZE);
      whole.write(bytes);
      const emulator = new Emulator(PAGE_SIZE);
      const saw = new Viewer(PAGE_SIZE);
      let rest = 0;
      for (let at = 0; at <= bytes.length; at += 1) {
        emulator.feed(bytes.subarray(Math.max(0, at - 1), at));
        const state = snapshotOf(emulator);
        if (state === null) throw new Error('no snapshot');
        saw.write(bytes.subarray(rest, at - state.pending.length));
        rest = at - state.pending.length;
        const viewer = viewerOf(state);
        expect(difference(saw.core, viewer.core), `right after byte ${at}`).toBeNull();
        // In one write: xterm.js 6.0 loses some characters whose bytes it is given apart.
        viewer.write(Buffer.concat([state.pending, bytes.subarray(at)]));
        expect(laterDifference(whole.core, viewer.core), `cut at byte ${at}`).toBeNull();
      }
    },
  );
});
