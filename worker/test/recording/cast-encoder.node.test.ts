import {
  batchBody,
  type CastEvent,
  CastEventSchema,
  CastHeaderSchema,
  type Epoch,
  encodeBatch,
  encodeEvent,
  encodeGap,
  FRESH_TERMINAL,
  readBatch,
  runBoundary,
  type Snapshot,
  STREAM,
} from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { CastEncoder, type CastOptions } from '../../src/recording/cast-encoder.ts';
import { E1, E2 } from '../agent-room/core/rig.ts';

const utf8 = new TextEncoder();
const T0 = 1_800_000_000_000;
const SETTING: CastOptions = { title: 'a', size: { cols: 80, rows: 24 }, pipe: false };

function out(epoch: Epoch, first: number, time: number, ...parts: (string | Uint8Array)[]): Uint8Array {
  const chunks = parts.map((part, index) => ({
    stream: STREAM.stdout,
    data: typeof part === 'string' ? utf8.encode(part) : part,
    time: T0 + time + index,
  }));
  return encodeBatch({ kind: 'output', epoch, first, chunks });
}
const open = (epoch: Epoch, previous: { epoch: Epoch; last: number; complete: boolean } | null = null) =>
  encodeEvent(epoch, 1, { type: 'epoch:open', previous, cause: 'first' }, T0);
const resized = (sequence: number, cols: number, time: number) =>
  encodeEvent(E1, sequence, { type: 'program:resized', cols, rows: 30 }, T0 + time);
const screen = (sequence: number, data: string, cols = 80): Snapshot => ({
  ...{ epoch: E1, sequence, cols, rows: 24 },
  ...{ data: utf8.encode(data), modes: utf8.encode('M'), pending: utf8.encode('P') },
});

function castOf(batches: Uint8Array[], setting: Partial<CastOptions> = {}, screens: Snapshot[] = []) {
  const encoder = new CastEncoder({ ...SETTING, ...setting });
  for (const bytes of batches) {
    const header = readBatch(bytes);
    if (!header.ok) throw new Error(header.error.message);
    const wanted = encoder.needsScreen(header.value) ? screens : [];
    encoder.batch(bytes, header.value, batchBody(bytes, header.value), wanted);
  }
  encoder.end();
  const [head = '', ...lines] = encoder.take().trimEnd().split('\n');
  const events: CastEvent[] = lines.map((line) => CastEventSchema.parse(JSON.parse(line)));
  return { header: CastHeaderSchema.parse(JSON.parse(head)), events };
}

describe('an asciicast', () => {
  it('[C14] has nothing of conversations, which is no gap', () => {
    const update = encodeBatch({
      ...{ kind: 'output', epoch: E1, first: 2, command: 'a.c' },
      chunks: [{ stream: STREAM.update, data: utf8.encode('{}'), time: T0 + 1 }],
    });
    const unnamed = encodeBatch({
      ...{ kind: 'output', epoch: E1, first: 3 },
      chunks: [{ stream: STREAM.update, data: utf8.encode('{}'), time: T0 + 2 }],
    });
    const { events } = castOf([open(E1), update, unnamed, out(E1, 4, 1_000, 'a')]);
    expect(events.map(([, code, data]) => [code, data])).toEqual([['o', 'a']]);
  });

  it('[B11] has the size before its first output, the times since then, and the sizes after', () => {
    const batches = [open(E1), resized(2, 100, 0), out(E1, 3, 1_000, 'a', 'b'), resized(5, 90, 2_500)];
    const { header, events } = castOf(batches);
    expect(header).toEqual({
      version: 2,
      width: 100,
      height: 30,
      timestamp: (T0 + 1_000) / 1000,
      title: 'a',
      env: { TERM: 'xterm-256color' },
    });
    expect(events).toEqual([
      [0, 'o', 'a'],
      [0.001, 'o', 'b'],
      [1.5, 'r', '90x30'],
    ]);
  });

  it('[B11] joins a character whose bytes came in two frames', () => {
    const [euro, rest] = [Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xac)];
    expect(castOf([open(E1), out(E1, 2, 0, euro, rest)]).events).toEqual([[0, 'o', '€']]);
    expect(castOf([open(E1), out(E1, 2, 0, 'x', euro)]).events.at(-1)).toEqual([0.001, 'o', '\ufffd']);
  });

  it('[B11] never goes back in time, whatever the host’s clock does', () => {
    const { events } = castOf([open(E1), out(E1, 2, 900, 'a'), out(E1, 3, 100, 'b'), out(E1, 4, 950, 'c')]);
    expect(events.map(([time]) => time)).toEqual([0, 0, 0.05]);
  });

  it('[S14] marks a beginning that is gone, and is right from the next screen on', () => {
    const batches = [out(E1, 7, 0, 'x', 'y'), out(E1, 9, 10, 'z')];
    const { events } = castOf(batches, {}, [screen(7, 'S', 60)]);
    expect(events).toEqual([
      [0, 'm', 'the beginning is no longer kept'],
      [0, 'o', 'x'],
      [0, 'r', '60x24'],
      [0, 'o', `${FRESH_TERMINAL}SMP`],
      [0.001, 'o', 'y'],
      [0.01, 'o', 'z'],
    ]);
  });

  it('[S14] shows no screen where nothing is missing', () => {
    expect(castOf([open(E1), out(E1, 2, 0, 'x')], {}, [screen(2, 'S')]).events).toEqual([[0, 'o', 'x']]);
  });

  it('[S10] marks what is missing in the midst, by a gap of the host or a hole', () => {
    const gap = encodeGap({ epoch: E1, from: 3, to: 5, bytes: 70, time: T0 + 5 });
    const { events } = castOf([open(E1), out(E1, 2, 0, 'x'), gap, out(E1, 9, 10, 'y')], {}, [screen(9, 'S')]);
    expect(events.map(([, code, data]) => [code, data])).toEqual([
      ['o', 'x'],
      ['m', 'gap: 70 bytes are lost'],
      ['m', 'gap: 3 frames are missing'],
      ['o', 'y'],
      ['o', `${FRESH_TERMINAL}SMP`],
    ]);
  });

  it('[P7] begins each run as the pages do, and joins nothing of the run before to it', () => {
    const previous = { startedAt: T0, endedAt: T0 + 90_000, exitCode: 3 };
    const run = { by: 'policy', terminal: { cols: 60, rows: 20, used: 1 }, previous } as const;
    const begins = encodeEvent(E1, 3, { type: 'program:status', status: 'starting', run }, T0 + 5);
    const { events } = castOf([
      open(E1),
      out(E1, 2, 0, Uint8Array.of(0x78, 0xe2, 0x82)),
      begins,
      out(E1, 4, 9, 'y'),
    ]);
    expect(events).toEqual([
      [0, 'o', 'x'],
      [0.005, 'r', '60x20'],
      [0.005, 'o', runBoundary(run)],
      [0.009, 'o', 'y'],
    ]);
    expect(runBoundary(run)).toContain('ended with exit code 3 at 2027-01-15 08:01:30 UTC after 1 min 30 s');
  });

  it('[S1] goes on into the next epoch, and marks an end that was lost', () => {
    const whole = open(E2, { epoch: E1, last: 2, complete: true });
    const lost = open(E2, { epoch: E1, last: 4, complete: true });
    const codes = (second: Uint8Array) =>
      castOf([open(E1), out(E1, 2, 0, 'x'), second, out(E2, 2, 5, 'y')]).events.map(([, code]) => code);
    expect(codes(whole)).toEqual(['o', 'o']);
    expect(codes(lost)).toEqual(['o', 'm', 'o']);
  });

  it('[B11] a part of it: a terminal has at once what was printed before, and pipes nothing of it', () => {
    const batches = [open(E1), out(E1, 2, 0, 'a'), out(E1, 3, 1_000, 'b'), out(E1, 4, 2_000, 'c')];
    const part = { from: T0 + 500, to: T0 + 1_500 };
    expect(castOf(batches, part).events).toEqual([
      [0, 'o', 'a'],
      [0.5, 'o', 'b'],
    ]);
    expect(castOf(batches, { ...part, pipe: true }).events).toEqual([[0.5, 'o', 'b']]);
  });

  it('[B11] leaves out what a command printed', () => {
    const chunks = [{ stream: STREAM.stdout, data: utf8.encode('c'), time: T0 }];
    const command = encodeBatch({
      kind: 'output',
      epoch: E1,
      first: 3,
      chunks,
      command: 'c-1',
      commandFirst: 1,
    });
    const batches = [open(E1), out(E1, 2, 0, 'p'), command];
    expect(castOf(batches).events).toEqual([[0, 'o', 'p']]);
  });

  it('[B11] is a header where nothing was printed', () => {
    expect(castOf([]).events).toEqual([]);
    expect(castOf([], { from: 5_000 }).header.timestamp).toBe(5);
  });
});
