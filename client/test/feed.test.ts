import { isDeepStrictEqual } from 'node:util';
import type { Frame } from '@muster/protocol';
import { encodeSnapshot } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MusterClient } from '../src/types.ts';
import type { FakeServer } from './fake-server.ts';
import { longBatch, longText, squeezed } from './packed.ts';
import { frameText } from './stream/stream-model.ts';
import { epochOf, roomState } from './stream/support.ts';
import { fed, hangUp, live, ROOM, talk } from './talk.ts';

describe('what a client reads', () => {
  let server: FakeServer;
  let client: MusterClient;

  beforeEach(async () => {
    ({ server, client } = await talk());
  });
  afterEach(() => hangUp({ server, client }));

  it.each([
    ['', false],
    [', compressed or not [S12]', true],
  ])(
    '[S7] [B1] delivers everything once and in order while its sockets are cut again and again%s',
    async (_how, squeezes) => {
      server.squeezes = squeezes;
      server.room.produce(500, 5);
      const feed = client.open('bash', { history: 'full' });
      const numbers: number[] = [];
      let text = '';
      feed.on('output', ({ frames }) => {
        for (const frame of frames) {
          numbers.push(frame.sequence);
          text += new TextDecoder().decode(frame.data);
        }
      });
      feed.on('event', ({ sequence }) => numbers.push(sequence));
      // The button of an impatient person.
      feed.on('connection', ({ name }) => {
        if (name === 'reconnecting') feed.reconnect();
      });
      const gaps: unknown[] = [];
      feed.on('gap', (gap) => gaps.push(gap));
      for (let cut = 0; cut < 20; cut += 1) {
        await live(feed);
        server.send(...server.room.produce(30, 4));
        const more = server.room.produce(30, 4);
        server.send(...more.slice(0, 3));
        server.cut(ROOM);
      }
      await live(feed);
      const { last, epoch } = server.room.current;
      expect(numbers).toEqual(Array.from({ length: last }, (_, index) => index + 1));
      const output = numbers.filter((n) => n % 7 !== 0).map((n) => frameText(epoch, n));
      expect(text).toBe(output.join(''));
      expect(gaps).toEqual([]);
      expect(feed.cursor).toEqual({ epoch, sequence: last });
    },
  );

  it('[S6] goes on after a cursor of an earlier life', async () => {
    server.room.produce(100, 5);
    const feed = client.open('bash', { history: 'full', after: { epoch: epochOf(1), sequence: 90 } });
    const frames: Frame[] = [];
    feed.on('output', (output) => frames.push(...output.frames));
    await live(feed);
    expect(frames.map(({ sequence }) => sequence)).toEqual([92, 93, 94, 95, 96, 97, 99, 100]);
  });

  it('[S8] acks what it has read', async () => {
    const feed = client.open('bash', { history: 'full' });
    await live(feed);
    server.send(...server.room.produce(6, 6));
    await server.until(() => server.of('flow:ack').length > 0);
    expect(server.of('flow:ack')[0]?.message.payload).toEqual({ epoch: epochOf(1), sequence: 6 });
  });

  it('[S8] [S12] acks what was on the wire, once it was unpacked and delivered', async () => {
    const feed = client.open('bash', { history: 'full' });
    await live(feed);
    const seen: number[] = [];
    feed.on('output', ({ frames }) => seen.push(...frames.map(({ sequence }) => sequence)));
    // 4 MiB to read, which would be told twenty times, of which little is on the wire.
    for (let first = 1; first <= 400; first += 10) server.sendRaw(longBatch(epochOf(1), first, 10, true));
    const told = () => server.of('flow:ack').map(({ message }) => message.payload);
    const all = { epoch: epochOf(1), sequence: 400 };
    await server.until(() => told().some((payload) => isDeepStrictEqual(payload, all)));
    expect(told().length).toBeLessThan(15);
    expect(seen).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
  });

  it('[S14] emits a snapshot, unpacked, and continues behind it; it counts as it was on the wire', async () => {
    const feed = client.open('bash', { history: 'screen' });
    await live(feed);
    const part = (text: string) => new TextEncoder().encode(text);
    const size = { cols: 132, rows: 43 };
    const parts = { data: part('screen '.repeat(30_000)), modes: part('modes'), pending: part('pending') };
    const snapshot = { epoch: epochOf(1), sequence: 40, ...size, ...parts };
    const came = fed(feed, 'snapshot');
    const next = fed(feed, 'output');
    server.sendRaw(squeezed(encodeSnapshot(snapshot, 1)));
    server.sendRaw(longBatch(epochOf(1), 41, 1, false));
    expect(await came).toEqual(snapshot);
    expect((await next).frames.map(({ sequence }) => sequence)).toEqual([41]);
    const told = () => server.of('flow:ack').map(({ message }) => message.payload);
    await server.until(() => told().length > 0);
    expect(told()).toEqual([{ epoch: epochOf(1), sequence: 41 }]);
  });

  it('[S7] [S12] what came before a socket was closed is delivered first, and the next goes on behind it', async () => {
    const feed = client.open('bash', { history: 'full', after: { epoch: epochOf(1), sequence: 0 } });
    const numbers: number[] = [];
    let text = '';
    feed.on('output', ({ frames }) => {
      for (const { sequence, data } of frames) {
        numbers.push(sequence);
        text += new TextDecoder().decode(data);
      }
    });
    await live(feed);
    for (let first = 1; first <= 100; first += 10) server.sendRaw(longBatch(epochOf(1), first, 10, true));
    server.end(ROOM, 1012);
    await server.until(() => server.of('subscribe:agent').length > 1);
    const [, again] = server.of('subscribe:agent');
    expect(again?.message.payload).toMatchObject({ after: { sequence: 100 } });
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(text).toBe(numbers.map(longText).join(''));
  });

  it('[S12] a body that is not what its header tells costs the socket, not the stream', async () => {
    server.room.produce(3, 3);
    const feed = client.open('bash', { history: 'full' });
    const numbers: number[] = [];
    feed.on('output', ({ frames }) => numbers.push(...frames.map((frame) => frame.sequence)));
    await live(feed);
    const lie = longBatch(epochOf(1), 4, 2, true);
    server.sendRaw(lie.fill(0, lie.length - 8));
    server.sendRaw(longBatch(epochOf(1), 6, 2, false));
    await live(feed);
    expect(numbers).toEqual([1, 2, 3]);
    const [, again] = server.of('subscribe:agent');
    expect(again?.message.payload).toMatchObject({ after: { sequence: 3 } });
  });

  it('[R1] emits a state only when it is newer', async () => {
    const feed = client.open('bash');
    await fed(feed, 'state');
    const revisions: number[] = [];
    feed.on('state', ({ revision }) => revisions.push(revision));
    const told = fed(feed, 'state', ({ revision }) => revision === 9);
    for (const revision of [1, 5, 4, 5, 9])
      server.broadcast(ROOM, { type: 'agent:state', payload: roomState({ revision }) });
    await told;
    expect(revisions).toEqual([5, 9]);
  });

  it('a frame that is no batch costs the socket, not the stream', async () => {
    server.room.produce(3, 3);
    const feed = client.open('bash', { history: 'full' });
    const numbers: number[] = [];
    feed.on('output', ({ frames }) => numbers.push(...frames.map((frame) => frame.sequence)));
    await live(feed);
    server.sendRaw(new Uint8Array(60));
    await live(feed);
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('two feeds of one agent are two readers; closing one leaves the other', async () => {
    server.room.produce(3, 3);
    const [a, b] = [client.open('bash', { history: 'full' }), client.open('bash', { history: 'full' })];
    await Promise.all([live(a), live(b)]);
    a.close();
    await server.until(() => server.of('unsubscribe').length === 1);
    const more = fed(b, 'output');
    server.send(...server.room.produce(2, 2));
    expect((await more).frames.map((frame) => frame.sequence)).toEqual([4, 5]);
    expect(a.connection).toEqual({ name: 'disconnected', reason: 'closed' });
  });
});
