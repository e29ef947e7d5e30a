import { AgentUidSchema, isPacked, PACK_BYTES } from '@muster/protocol';
import { expect, test } from 'vitest';
import { KeeperStream, type RoomMessage, type StreamInput } from '../../../src/keeper/stream/stream.ts';
import { MemoryVolume } from '../../../src/spool/memory-volume.ts';
import { SpoolLog } from '../../../src/spool/spool-log.ts';
import { bytesOf, epochOf, headerOf, textsOf } from '../../support/frames.ts';
import { unpacked } from '../../support/unpacked.ts';

const KIB = 1024;
const A = epochOf(1);
const agentUid = AgentUidSchema.parse('00000000-0000-4000-8000-000000000001');
const LINE = '\u001b[32mINFO\u001b[0m a request took a while\r\n';
const text = (bytes: number, line = LINE) => line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);

/** A keeper's stream, with a room that has all there is; `sent` is what waits on the socket. */
function make() {
  const identity = { agentUid, generation: 1, version: 'test', batchVersions: [1] };
  const spool = new SpoolLog(new MemoryVolume(), 'boot');
  const stream = new KeeperStream(spool, identity, () => A, 0);
  let now = 0;
  let sent: Uint8Array[] = [];
  const say = (input: StreamInput): Uint8Array[] => {
    const batches = stream
      .handle(input, now)
      .flatMap((effect) => (effect.type === 'batch' ? [effect.bytes] : []));
    sent.push(...batches);
    return batches;
  };
  const room = (message: RoomMessage) => say({ type: 'room', message });
  const print = (what: string | Uint8Array) => {
    now += 100;
    return say({ type: 'output', stream: 0, data: typeof what === 'string' ? bytesOf(what) : what });
  };
  /** The socket writes the oldest of what it has. */
  const drain = (ms: number) => {
    now += ms;
    const [first, ...rest] = sent;
    sent = rest;
    return say({ type: 'drained', bytes: first?.length ?? 0 });
  };
  const link = () => {
    sent = [];
    say({ type: 'link-up' });
    const next = (spool.epochs()[0]?.last ?? 0) + 1;
    return room({ type: 'room:welcome', payload: { epoch: A, next, batchVersion: 1 } });
  };
  link();
  /** Makes the link one that takes 100 kB/s. */
  const slow = () => {
    for (let n = 0; n < 6; n += 1) print(text(20 * KIB));
    while (sent.length > 0) drain(200);
  };
  return { say, room, print, drain, link, slow, spool, waiting: () => sent };
}
const packedOf = (batches: readonly Uint8Array[]) => batches.map(isPacked);

test('[S12] on a link that keeps up everything goes as it is', () => {
  const { print, drain } = make();
  for (let n = 0; n < 50; n += 1) {
    expect(packedOf(print(text(200 * KIB)))).toEqual([false]);
    drain(1);
  }
});

test('[S12] on a slow link what is over 10 KiB and shrinks is compressed, and says the same', () => {
  const { print, slow } = make();
  slow();
  const big = print(text(200 * KIB));
  expect(packedOf(big)).toEqual([true]);
  expect(big[0]?.length).toBeLessThan(20 * KIB);
  expect(
    textsOf(big.flatMap(unpacked))
      .map((line) => line.replace(/^\d+ out /, ''))
      .join(''),
  ).toBe(text(200 * KIB));
  expect(packedOf(print(text(PACK_BYTES - 100)))).toEqual([false]);
  const noise = crypto.getRandomValues(new Uint8Array(50_000));
  expect(packedOf(print(noise))).toEqual([false]);
});

test('[S12] the spool keeps it as it was written: a resend and a fetch bring the same frames', () => {
  const { print, slow, spool, room, drain } = make();
  slow();
  const first = print(text(100 * KIB));
  const from = headerOf(first[0] ?? new Uint8Array()).first;
  expect(spool.read({ epoch: A, sequence: 1 }, 10_000_000).batches.some(isPacked)).toBe(false);
  drain(1);
  const again = room({ type: 'stream:resend', payload: { epoch: A, from } });
  expect(packedOf(again)).toEqual([true]);
  expect(textsOf(again.flatMap(unpacked))).toEqual(textsOf(first.flatMap(unpacked)));
  const to = from + 4;
  const part = room({ type: 'stream:fetch', payload: { epoch: A, from: from + 1, to, maxBytes: 1_000_000 } });
  expect(packedOf(part)).toEqual([true]);
  expect(part.map(headerOf)).toMatchObject([{ fetched: true, first: from + 1, last: to }]);
  expect(textsOf(part.flatMap(unpacked)).map((line) => line.replace(' fetched', ''))).toEqual(
    textsOf(first.flatMap(unpacked)).slice(1, 5),
  );
});

test('[S6] [S12] an answer to a fetch fills what the reader can take, counted as it travels', () => {
  const { print, slow, room, drain, waiting } = make();
  for (let n = 0; n < 30; n += 1) {
    print(text(200 * KIB));
    while (waiting().length > 0) drain(1);
  }
  slow();
  const answer = room({
    type: 'stream:fetch',
    payload: { epoch: A, from: 2, to: 600, maxBytes: 20_000 },
  });
  while (waiting().length > 0) answer.push(...drain(1));
  const wire = answer.reduce((sum, { length }) => sum + length, 0);
  expect(packedOf(answer)).not.toContain(false);
  expect(wire).toBeGreaterThanOrEqual(20_000);
  expect(wire).toBeLessThan(20_000 + 5_000);
});

test('[S12] compresses 512 KiB at most before it does anything else', () => {
  const { say, room, print, drain, slow, waiting, link } = make();
  slow();
  say({ type: 'link-down' });
  for (let n = 0; n < 40; n += 1) print(text(200 * KIB));
  link();
  slow();
  const turn = room({ type: 'stream:resend', payload: { epoch: A, from: 2 } });
  const raw = (batches: readonly Uint8Array[]) =>
    batches.reduce((sum, batch) => sum + headerOf(batch).rawSize, 0);
  expect(raw(turn)).toBeGreaterThanOrEqual(512 * KIB);
  expect(raw(turn)).toBeLessThan(1_024 * KIB);
  const rest: Uint8Array[] = [];
  while (waiting().length > 0) {
    const next = drain(1);
    expect(raw(next)).toBeLessThan(1_024 * KIB);
    rest.push(...next);
  }
  expect(raw(rest)).toBeGreaterThan(40 * 200 * KIB - 1_024 * KIB);
});

test('[S12] a new link is no slow one until it was seen', () => {
  const { say, print, slow, link } = make();
  slow();
  expect(packedOf(print(text(100 * KIB)))).toEqual([true]);
  say({ type: 'link-down' });
  link();
  expect(packedOf(print(text(100 * KIB)))).toEqual([false]);
});
