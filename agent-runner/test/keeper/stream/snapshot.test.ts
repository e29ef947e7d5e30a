import { AgentUidSchema, encodeSnapshot } from '@muster/protocol';
import { expect, test } from 'vitest';
import { ARRIVED_MS } from '../../../src/keeper/stream/pending-snapshot.ts';
import { KeeperStream, type StreamInput } from '../../../src/keeper/stream/stream.ts';
import { MemoryVolume } from '../../../src/spool/memory-volume.ts';
import { SpoolLog } from '../../../src/spool/spool-log.ts';
import { bytesOf, epochOf, headerOf } from '../../support/frames.ts';

const EPOCH = epochOf(1);

/** A stream that records its batches as `kind number`. */
function make() {
  const identity = {
    agentUid: AgentUidSchema.parse('00000000-0000-4000-8000-000000000001'),
    generation: 1,
    version: 'test',
    batchVersions: [1],
  };
  const stream = new KeeperStream(new SpoolLog(new MemoryVolume(), 'boot'), identity, () => EPOCH, 0);
  const say = (input: StreamInput, now = 0): string[] =>
    stream.handle(input, now).flatMap((effect) => {
      if (effect.type !== 'batch') return [];
      const { kind, last } = headerOf(effect.bytes);
      return [`${kind} ${last}`];
    });
  const link = (next: number, now = 0) => {
    say({ type: 'link-up' }, now);
    const payload = { epoch: next === 1 ? null : EPOCH, next, batchVersion: 1 };
    return say({ type: 'room', message: { type: 'room:welcome', payload } }, now);
  };
  const print = (now = 0) => say({ type: 'output', stream: 0, data: bytesOf('x') }, now);
  const part = new Uint8Array(1);
  const picture = (sequence: number, now = 0) => {
    const at = { epoch: EPOCH, sequence };
    const bytes = encodeSnapshot({ ...at, cols: 80, rows: 24, data: part, modes: part, pending: part }, now);
    return say({ type: 'snapshot', snapshot: { at, bytes } }, now);
  };
  return { stream, say, link, print, picture };
}

test('[S14] a snapshot goes out at once when its frame is with the room, else behind it', () => {
  const { stream, link, print, picture } = make();
  print();
  expect(stream.head).toEqual({ epoch: EPOCH, sequence: 2 });
  expect(picture(2)).toEqual([]);
  expect(link(1)).toEqual(['event 1', 'output 2', 'snapshot 2']);
  print(100);
  expect(picture(3, 100)).toEqual(['snapshot 3']);
});

test('[S14] the newest takes the place of one that waits', () => {
  const { link, print, picture } = make();
  print();
  picture(1);
  picture(2);
  expect(link(1)).toEqual(['event 1', 'output 2', 'snapshot 2']);
});

test('[S14] one that may have been under way when the link broke is sent again, an old one is not', () => {
  const { say, link, print, picture } = make();
  print();
  link(1);
  expect(picture(2)).toEqual(['snapshot 2']);
  say({ type: 'link-down' });
  expect(link(3, 1_000)).toEqual(['snapshot 2']);
  say({ type: 'link-down' });
  expect(link(3, 2_000 + ARRIVED_MS)).toEqual([]);
});
