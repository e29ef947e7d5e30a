import {
  CommandIdSchema,
  encodeBatch,
  encodeEvent,
  encodeGap,
  KIB,
  type OutputPart,
  type Position,
  PositionSchema,
  STREAM,
} from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { outputPage } from '../../src/recording/output-page.ts';
import type { RecordingChunk, RecordingQuery } from '../../src/rpc.ts';
import { E1 } from '../agent-room/core/rig.ts';

const T0 = 1_800_000_000_000;
const ID = CommandIdSchema.parse('a.1');

interface Stored {
  readonly last: number;
  readonly bytes: Uint8Array;
}
const event = (sequence: number, bytes: Uint8Array): Stored => ({ last: sequence, bytes });
const started = (at: number) =>
  event(at, encodeEvent(E1, at, { type: 'command:started', commandId: ID, pid: 1, startedAt: 1 }, T0));
const ended = (at: number) =>
  event(
    at,
    encodeEvent(E1, at, { type: 'command:ended', commandId: ID, interrupted: false, exitCode: 0 }, T0),
  );
function out(at: number, data: Uint8Array, stream: number = STREAM.stdout, command: string = ID): Stored {
  const chunks = [{ stream, data, time: T0 + at }];
  const batch = { kind: 'output', epoch: E1, first: at, chunks, command, commandFirst: 1 } as const;
  return { last: at, bytes: encodeBatch(batch) };
}
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A room that gives one batch at a time. */
function room(list: readonly Stored[]) {
  const last = list.at(-1)?.last ?? 0;
  return async ({ after }: RecordingQuery): Promise<RecordingChunk> => {
    const found = list.find((stored) => stored.last > (after?.sequence ?? 0));
    return {
      agent: { name: 'a', firstSize: null, size: null },
      data: found?.bytes ?? new Uint8Array(),
      screens: [],
      last: found === undefined ? null : { epoch: E1, sequence: found.last },
      end: { epoch: E1, sequence: last },
    };
  };
}

/** All pages, one behind the other, as a reader asks for them. */
async function pages(list: readonly Stored[]) {
  const all: OutputPart[][] = [];
  let after: Position | null = null;
  for (;;) {
    const page = await outputPage(room(list), { commandId: ID, since: 0, after });
    all.push([...page.parts]);
    if (page.next === null) return all;
    const [epoch, sequence] = page.next.split(':');
    after = PositionSchema.parse({ epoch, sequence: Number(sequence) });
  }
}
const said = (parts: readonly OutputPart[]) =>
  parts.map((part) => {
    if ('text' in part) return `${part.stream}: ${part.text}`;
    return 'size' in part ? `${part.size.cols}x${part.size.rows}` : `(${part.missing})`;
  });

describe('[B11a] a page of what a command printed', () => {
  it('tells stdout and stderr apart and joins a character that was cut', async () => {
    const [first, second] = [bytesOf('ä').slice(0, 1), bytesOf('ä').slice(1)];
    const list = [started(1), out(2, first), out(3, bytesOf('no'), STREAM.stderr), out(4, second), ended(5)];
    const [page = []] = await pages(list);
    expect(said(page)).toEqual(['stderr: no', 'stdout: ä']);
    expect(await outputPage(room(list), { commandId: ID, since: 0, after: null })).toMatchObject({
      bytes: 4,
    });
  });

  it('[B9e] has the sizes of its terminal where they changed, and of no other', async () => {
    const sized = (at: number, commandId = ID) =>
      event(at, encodeEvent(E1, at, { type: 'command:resized', commandId, cols: 50, rows: 20 }, T0));
    const other = sized(4, CommandIdSchema.parse('a.2'));
    const [page = []] = await pages([
      started(1),
      out(2, bytesOf('a')),
      sized(3),
      other,
      out(5, bytesOf('b')),
    ]);
    expect(said(page)).toEqual(['stdout: a', '50x20', 'stdout: b']);
  });

  it('ends when it is full, and the next goes on there', async () => {
    const half = new Uint8Array(64 * KIB).fill(0x61);
    const others = out(4, half, STREAM.stdout, 'a.2');
    const list = [started(1), out(2, half), out(3, half), others, out(5, bytesOf('rest')), ended(6)];
    const all = await pages(list);
    expect(all.map((page) => page.length)).toEqual([2, 1]);
    expect(said(all[1] ?? [])).toEqual(['stdout: rest']);
  });

  it('has no more lines than are read, also of one batch', async () => {
    const chunks = [1_500, 600, 5].map((lines) => ({
      stream: STREAM.stdout,
      data: bytesOf('x\n'.repeat(lines)),
      time: T0,
    }));
    const batch = encodeBatch({ kind: 'output', epoch: E1, first: 2, chunks, command: ID, commandFirst: 1 });
    const all = await pages([started(1), { last: 4, bytes: batch }, ended(5)]);
    expect(all.map((page) => page.map((part) => ('text' in part ? part.text.length / 2 : 0)))).toEqual([
      [1_500, 600],
      [5],
    ]);
  });

  it('marks what is missing, also between two pages', async () => {
    const lost = { last: 4, bytes: encodeGap({ epoch: E1, from: 3, to: 4, bytes: 9, time: T0 }) };
    const list = [started(1), out(2, bytesOf('a')), lost, out(6, bytesOf('b')), ended(7)];
    const [page = []] = await pages(list);
    expect(said(page)).toEqual(['stdout: a', '(9 bytes are lost)', '(1 frames are missing)', 'stdout: b']);
    const after = PositionSchema.parse({ epoch: E1, sequence: 1 });
    const rest = await outputPage(room(list.slice(3)), { commandId: ID, since: 0, after });
    expect(said(rest.parts)).toEqual(['(4 frames are missing)', 'stdout: b']);
    expect(said((await outputPage(room([]), { commandId: ID, since: 0, after: null })).parts)).toEqual([
      '(nothing of it is kept)',
    ]);
  });

  it('looks through a part of a long stream at a time', async () => {
    const others = Array.from({ length: 20 }, (_, index) =>
      out(index + 2, new Uint8Array(1024 * KIB), STREAM.stdout, 'a.2'),
    );
    const all = await pages([started(1), ...others, out(22, bytesOf('end')), ended(23)]);
    expect(all.map(said)).toEqual([[], ['stdout: end']]);
    const late = await pages([...others, started(22), out(23, bytesOf('end')), ended(24)]);
    expect(late.map(said)).toEqual([['stdout: end']]);
  });
});
