import { AgentUidSchema, encodeGap, type StreamEvent } from '@muster/protocol';
import { expect, test } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { FLUSH_MS, FLUSH_PAUSE_MS } from '../../../src/keeper/stream/sender.ts';
import { KeeperStream, type RoomMessage, type StreamInput } from '../../../src/keeper/stream/stream.ts';
import { MemoryVolume } from '../../../src/spool/memory-volume.ts';
import type { SpoolLimits } from '../../../src/spool/spool.ts';
import { SpoolLog } from '../../../src/spool/spool-log.ts';
import { bytesOf, epochOf, textsOf } from '../../support/frames.ts';

const IDENTITY = {
  agentUid: AgentUidSchema.parse('00000000-0000-4000-8000-000000000001'),
  generation: 3,
  version: 'test',
  batchVersions: [1],
};
const A = epochOf(1);
const RUNNING: StreamEvent = { type: 'program:status', status: 'running' };

/** A keeper's stream that records its effects as lines: `flush`, `hello 1-4`, frames, `timer`. */
function make(volume = new MemoryVolume(), boot = 'boot', limits?: SpoolLimits) {
  let epochs = volume.files.size;
  const spool = new SpoolLog(volume, boot, limits);
  const stream = new KeeperStream(spool, IDENTITY, () => epochOf(++epochs), 0);
  let timer: number | null = null;
  const say = (input: StreamInput, now = 0): string[] =>
    stream.handle(input, now).flatMap((effect) => {
      if (effect.type === 'timer') timer = effect.at;
      if (effect.type === 'disk') return [effect.full ? 'disk full' : 'disk free'];
      if (effect.type === 'batch') return textsOf([effect.bytes]);
      if (effect.type !== 'text') return [];
      const { type, payload } = effect.message;
      return [type === 'keeper:hello' ? `hello ${payload.first}-${payload.last}` : type];
    });
  const room = (message: RoomMessage, now = 0) => say({ type: 'room', message }, now);
  const welcome = (epoch: typeof A | null, next: number) =>
    room({ type: 'room:welcome', payload: { epoch, next, batchVersion: 1 } });
  const print = (text: string, now = 0) => say({ type: 'output', stream: 0, data: bytesOf(text) }, now);
  return { say, room, welcome, print, timer: () => timer };
}

test('[S1] says hello with its numbers, and delivers all from where the room is', () => {
  const { say, welcome, print } = make();
  print('a');
  expect(say({ type: 'link-up' })).toEqual(['hello 1-2']);
  expect(welcome(null, 1)).toEqual(['1 open first after none', '2 out a']);
  expect(say({ type: 'link-down' })).toEqual([]);
  print('b', 100);
  expect(say({ type: 'link-up' })).toEqual(['hello 1-3']);
  expect(welcome(A, 3)).toEqual(['3 out b']);
});

test('[S1] opens a new epoch when the room is ahead, without a reconnect', () => {
  const { say, welcome, print } = make();
  say({ type: 'link-up' });
  expect(welcome(A, 9)).toEqual(['1 open room-ahead after 1:null']);
  expect(print('a')).toEqual(['2 out a']);
});

test('[S1] after another boot the rest of the old epoch comes first, then the new one', () => {
  const volume = new MemoryVolume();
  make(volume).print('old');
  const { say, welcome } = make(volume, 'other boot');
  expect(say({ type: 'link-up' })).toEqual(['hello 1-1']);
  expect(welcome(A, 2)).toEqual(['2 out old', '1 open boot after 1:null']);
});

test('[S1] a room with an unknown epoch gets everything', () => {
  const { say, welcome } = make();
  say({ type: 'link-up' });
  expect(welcome(epochOf(77), 500)).toEqual(['1 open first after none']);
});

test.each([
  ['nothing new is acked: the room may have forgotten what it got', 1, 1],
  ['the frame it wanted is acked', 2, 0],
])('[S3] goes back on a resend once; a repeat meanwhile counts only if %s', (_when, acked, times) => {
  const { say, welcome, print, room } = make();
  say({ type: 'link-up' });
  welcome(null, 1);
  print('a');
  const big = 'x'.repeat(200 * 1024);
  for (let n = 1; n <= 15; n += 1) print(big, n * 100);
  const again = { type: 'stream:resend', payload: { epoch: A, from: 2 } } as const;
  const drain = () => say({ type: 'drained', bytes: 20_000_000 });
  drain();
  expect(room(again)[0]).toBe('2 out a');
  expect(room(again)).toEqual([]);
  room({ type: 'stream:ack', payload: { epoch: A, sequence: acked } });
  expect([...drain(), ...drain(), ...drain()].filter((line) => line === '2 out a')).toHaveLength(times);
});

test('[S4] asks the room to store 1 s after the oldest frame it has not acked', () => {
  const { say, welcome, room, timer } = make();
  say({ type: 'link-up' });
  welcome(null, 1);
  expect(timer()).toBe(1_000);
  expect(say({ type: 'tick' }, 999)).toEqual([]);
  expect(say({ type: 'tick' }, 1_000)).toEqual(['stream:flush']);
  expect(room({ type: 'stream:ack', payload: { epoch: A, sequence: 1 } }, 1_001)).toEqual([]);
  expect(timer()).toBeNull();
});

test('[S4] a room that answers a flush with nothing new was reset: frames are sent again', () => {
  const { say, welcome, room, print } = make();
  say({ type: 'link-up' });
  welcome(null, 1);
  room({ type: 'stream:ack', payload: { epoch: A, sequence: 1 } });
  print('a', 100);
  expect(say({ type: 'tick' }, FLUSH_PAUSE_MS)).toEqual(['stream:flush']);
  expect(room({ type: 'stream:ack', payload: { epoch: A, sequence: 1 } }, 3_001)).toEqual(['2 out a']);
});

test('[S4] asks at most every 3 s however a program prints, and leaves nothing unasked for', () => {
  const pauses = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(pauses, (waits) => {
      const { say, welcome, room, print, timer } = make();
      const asked: number[] = [];
      let now = 0;
      let last = 1;
      const until = (end: number) => {
        for (let at = timer(); at !== null && at <= end; at = timer()) {
          now = Math.max(now, at);
          const lines = say({ type: 'tick' }, now);
          if (lines.some((line) => line.includes(' out '))) last += 1;
          if (!lines.includes('stream:flush')) continue;
          asked.push(now);
          room({ type: 'stream:ack', payload: { epoch: A, sequence: last } }, now);
        }
        now = end;
      };
      say({ type: 'link-up' });
      welcome(null, 1);
      for (const wait of waits) {
        until(now + wait);
        if (print('x', now).length > 0) last += 1;
      }
      until(now + FLUSH_PAUSE_MS + FLUSH_MS);
      for (const [index, at] of asked.slice(1).entries())
        expect(at - (asked[index] ?? 0)).toBeGreaterThanOrEqual(FLUSH_PAUSE_MS);
      expect(timer()).toBeNull();
    }),
  );
});

test('[S6] answers a fetch, flagged, with gaps for what is not kept', () => {
  const { say, welcome, print, room } = make();
  print('a');
  print('b', 100);
  say({ type: 'link-up' });
  welcome(A, 4);
  const fetch = (epoch: typeof A, from: number, to: number, maxBytes = 100_000) =>
    room({ type: 'stream:fetch', payload: { epoch, from, to, maxBytes } });
  expect(fetch(A, 2, 2)).toEqual(['2 out a fetched']);
  expect(fetch(A, 3, 5)).toEqual(['3 out b fetched', '4-5 gap 0 fetched']);
  expect(fetch(A, 2, 3, 1)).toEqual(['2 out a fetched']);
  expect(fetch(epochOf(9), 1, 4)).toEqual(['1-4 gap 0 fetched']);
  expect(fetch(A, 2, 3, 1)).toEqual(['2 out a fetched']);
});

test('[S10] sends no more than the socket takes: the spool is the buffer', () => {
  const { say, welcome, print } = make();
  say({ type: 'link-up' });
  welcome(null, 1);
  const big = 'x'.repeat(250 * 1024);
  const sent: string[][] = [];
  for (let n = 1; n <= 20; n += 1) sent.push(print(big, n * 100));
  const held = sent.findIndex((lines) => lines.length === 0);
  expect(held).toBe(9);
  expect(sent.slice(held).flat()).toEqual([]);
  const rest = say({ type: 'drained', bytes: 3_000_000 }, 3_000);
  expect(rest.length).toBeGreaterThan(0);
});

test('[S10] output is a gap in the stream where the room could not be reached for too long', () => {
  const limits = { bytes: 2_000, eventBytes: 10_000, segmentBytes: 400, reserveBytes: 0 };
  const { say, welcome, print } = make(new MemoryVolume(), 'boot', limits);
  for (let n = 0; n < 60; n += 1) {
    if (n === 5) say({ type: 'event', event: RUNNING });
    print('x'.repeat(40), n * 100);
  }
  say({ type: 'link-up' });
  const lines = welcome(null, 1);
  expect(lines.slice(0, 4)).toEqual([
    '1 open first after none',
    '2-6 gap 200',
    '7 status running',
    expect.stringMatching(/^8-\d+ gap \d+$/),
  ]);
  expect(lines.at(-1)).toMatch(/^62 out/);
});

test('[S2] on a full disk output becomes a marked gap, events wait, and both are sent when there is space', () => {
  const volume = new MemoryVolume();
  const { say, welcome, print, timer } = make(volume);
  say({ type: 'link-up' });
  welcome(null, 1);
  volume.capacity = 0;
  expect(print('lost', 100)).toEqual(['disk full']);
  expect(say({ type: 'event', event: RUNNING }, 110)).toEqual([]);
  expect(print('lost too', 200)).toEqual([]);
  expect(print('and this', 300)).toEqual([]);
  expect(timer()).toBe(1_000);
  say({ type: 'tick' }, 1_000);
  expect(say({ type: 'tick' }, 1_100)).toEqual([]);
  volume.capacity = 1_000_000;
  expect(say({ type: 'tick' }, 2_100)).toEqual(['2-2 gap 4', '3 status running', '4-5 gap 16', 'disk free']);
  expect(print('kept', 3_000)).toEqual(['6 out kept']);
});

test('[S2] on a full disk events are told at once, with the gap before them, out of what is set aside', () => {
  const volume = new MemoryVolume();
  const limits = { bytes: 10_000, eventBytes: 10_000, segmentBytes: 4_000, reserveBytes: 400 };
  const { say, welcome, print } = make(volume, 'boot', limits);
  say({ type: 'link-up' });
  welcome(null, 1);
  volume.capacity = [...volume.files.values()].reduce((sum, { length }) => sum + length, 0);
  expect(print('lost', 100)).toEqual(['disk full']);
  expect(say({ type: 'event', event: RUNNING }, 110)).toEqual(['2-2 gap 4', '3 status running']);
  // What is left of it is for events only.
  expect(print('x', 120)).toEqual([]);
  const told = [];
  for (let now = 130; told.length < 9; now += 10) {
    const effects = say({ type: 'event', event: RUNNING }, now);
    if (effects.length === 0) break;
    told.push(...effects);
  }
  expect(told).toEqual(['4-4 gap 1', '5 status running']);
  // A little room is none, but for what waits.
  volume.capacity += 100;
  expect(say({ type: 'tick' }, 1_200)).toEqual(['6 status running', 'stream:flush']);
  expect(print('y', 1_300)).toEqual([]);
  volume.capacity += 1_000;
  expect(say({ type: 'tick' }, 2_300)).toEqual(['7-7 gap 1', 'disk free']);
  expect(volume.files.get('reserve')?.length).toBe(400);
  expect(print('kept', 2_400)).toEqual(['8 out kept']);
});

test('gaps that a test reads are what the protocol writes', () => {
  expect(textsOf([encodeGap({ epoch: A, from: 1, to: 2, bytes: 3, time: 0 })])).toEqual(['1-2 gap 3']);
});
