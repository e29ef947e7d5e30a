import {
  batchBody,
  CastEventSchema,
  CommandIdSchema,
  type Epoch,
  encodeBatch,
  encodeEvent,
  encodeGap,
  readBatch,
  STREAM,
} from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { CommandFrames } from '../../src/recording/command-frames.ts';
import {
  AsciicastFormat,
  type CommandOutputFormat,
  PlainTextFormat,
} from '../../src/recording/command-output-format.ts';
import { E1, E2 } from '../agent-room/core/rig.ts';

const T0 = 1_800_000_000_000;
const ID = CommandIdSchema.parse('a.1');

function out(first: number, text: string, command: string = ID, stream: number = STREAM.stdout): Uint8Array {
  const chunks = [{ stream, data: new TextEncoder().encode(text), time: T0 + first * 1_000 }];
  const of = command === '' ? {} : { command, commandFirst: 1 };
  return encodeBatch({ kind: 'output', epoch: E1, first, chunks, ...of });
}
const started = (sequence: number, epoch: Epoch = E1) =>
  encodeEvent(epoch, sequence, { type: 'command:started', commandId: ID, pid: 1, startedAt: 1 }, T0);
const ended = (sequence: number, commandId = ID) =>
  encodeEvent(E1, sequence, { type: 'command:ended', commandId, interrupted: false, exitCode: 0 }, T0);
const gap = (from: number, to: number) => encodeGap({ epoch: E1, from, to, bytes: 9, time: T0 });

function told(batches: readonly Uint8Array[], form: CommandOutputFormat): string {
  const frames = new CommandFrames(ID);
  for (const bytes of batches) {
    const header = readBatch(bytes);
    if (!header.ok) throw new Error(header.error.message);
    for (const said of frames.batch(bytes, header.value, batchBody(bytes, header.value))) form.write(said);
  }
  for (const said of frames.end()) form.write(said);
  form.end();
  return form.take();
}
const text = (...batches: Uint8Array[]) => told(batches, new PlainTextFormat());

describe('the output of one command', () => {
  it('is what lies between its start and its end, and nobody else’s', () => {
    const others = [out(3, 'program', ''), out(4, 'other', 'a.2'), ended(5, CommandIdSchema.parse('a.2'))];
    const batches = [
      out(1, 'before', ''),
      started(2),
      ...others,
      out(6, 'one '),
      out(7, 'two', ID, STREAM.stderr),
    ];
    expect(text(...batches)).toBe('one two');
    expect(text(...batches, ended(8), out(9, 'never'))).toBe('one two');
    expect(text(...batches, out(6, 'one '))).toBe('one two');
  });

  it('comes once, where batches overlap', () => {
    const time = T0;
    const chunks = ['a', 'b'].map((one) => ({
      stream: STREAM.stdout,
      data: new TextEncoder().encode(one),
      time,
    }));
    const both = encodeBatch({ kind: 'output', epoch: E1, first: 2, chunks, command: ID, commandFirst: 1 });
    expect(text(started(1), out(2, 'a'), both, both, ended(4))).toBe('ab');
  });

  it('marks what is missing of it, and only of it', () => {
    expect(text(out(5, 'rest'), ended(6))).toBe('\n[the beginning is no longer kept]\nrest');
    expect(text(gap(1, 4), started(5), out(6, 'all'))).toBe('all');
    expect(text(started(1), out(2, 'a'), gap(3, 4), out(5, 'b'))).toBe('a\n[9 bytes are lost]\nb');
    expect(text(started(1), out(2, 'a'), out(5, 'b'))).toBe('a\n[2 frames are missing]\nb');
    expect(text(out(7, 'other', 'a.2'))).toBe('\n[nothing of it is kept]\n');
    expect(text(ended(7))).toBe('');
  });

  it('[Q5] ends with its epoch', () => {
    const after = encodeEvent(E2, 1, { type: 'epoch:open', previous: null, cause: 'boot' }, T0);
    expect(text(started(1), out(2, 'a'), after)).toBe(
      'a\n[the host was restarted, and nobody saw its end]\n',
    );
    expect(text(started(1), out(2, 'a'), ended(3), after)).toBe('a');
  });

  it('[B11] is an asciicast too, of its own size and times', () => {
    const setting = { title: 'ls', size: { cols: 80, rows: 24 }, pipe: true, at: T0 };
    const cast = (...batches: Uint8Array[]) => {
      const [header = '', ...lines] = told(batches, new AsciicastFormat(setting)).trimEnd().split('\n');
      return [JSON.parse(header), ...lines.map((line) => CastEventSchema.parse(JSON.parse(line)))];
    };
    const header = { version: 2, width: 80, height: 24, title: 'ls' };
    expect(cast(started(1), out(2, 'a\n'), out(3, 'b'), ended(4))).toMatchObject([
      { ...header, timestamp: T0 / 1000 + 2 },
      [0, 'o', 'a\r\n'],
      [1, 'o', 'b'],
    ]);
    const sized = (at: number, cols: number) =>
      encodeEvent(E1, at, { type: 'command:resized', commandId: ID, cols, rows: 20 }, T0 + at * 1_000);
    expect(cast(started(1), sized(2, 50), out(3, 'a'), sized(4, 60), out(5, 'b'))).toMatchObject([
      { width: 50, height: 20 },
      [0, 'o', 'a'],
      [1, 'r', '60x20'],
      [2, 'o', 'b'],
    ]);
    expect(text(started(1), sized(2, 50), out(3, 'a'))).toBe('a');
    expect(cast(out(2, 'a'))).toMatchObject([
      header,
      [0, 'm', 'gap: the beginning is no longer kept'],
      [0, 'o', 'a'],
    ]);
    expect(cast(started(1), ended(2))).toMatchObject([{ ...header, timestamp: T0 / 1000 }]);
  });
});
