import { isDeepStrictEqual } from 'node:util';
import type { Frame, Keyboard } from '@muster/protocol';
import { commandIdOf, encodeSnapshot, wireError } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { createClient } from '../src/index.ts';
import { LINGER_MS } from '../src/rooms.ts';
import type { AgentFeed, FeedEvents, MusterClient, MusterClientEvents } from '../src/types.ts';
import { TYPING_MS } from '../src/typing.ts';
import { FakeServer } from './fake-server.ts';
import { connectionAck, FakeNetwork } from './fake-socket.ts';
import { longBatch, longText, squeezed } from './packed.ts';
import { frameText } from './sync/stream-model.ts';
import { agentId, agentSummary, agentUid, epochOf, roomState } from './sync/support.ts';

const ROOM = '/ws/agents/bash';
const LOBBY = '/ws/dashboard';

function next<K extends keyof MusterClientEvents>(
  client: MusterClient,
  event: K,
  accept: (value: MusterClientEvents[K]) => boolean = () => true,
): Promise<MusterClientEvents[K]> {
  return new Promise((resolve) => {
    const stop = client.on(event, (value) => {
      if (!accept(value)) return;
      stop();
      resolve(value);
    });
  });
}
function fed<K extends keyof FeedEvents>(
  feed: AgentFeed,
  event: K,
  accept: (value: FeedEvents[K]) => boolean = () => true,
): Promise<FeedEvents[K]> {
  return new Promise((resolve) => {
    const stop = feed.on(event, (value) => {
      if (!accept(value)) return;
      stop();
      resolve(value);
    });
  });
}

const numberOf = (payload: object | undefined) =>
  payload !== undefined && 'inputSequence' in payload ? Number(payload.inputSequence) : Number.NaN;

/** Resolves when the feed has all there was when it subscribed; a lost socket ends a replay too. */
const live = (feed: AgentFeed) =>
  fed(feed, 'replaying', (replaying) => !replaying && feed.connection.name === 'connected');

describe('client and a server', () => {
  let server: FakeServer;
  let client: MusterClient;
  const token = vi.fn(async () => 'token');

  beforeEach(async () => {
    server = new FakeServer();
    const url = await server.listen();
    token.mockClear();
    client = createClient({ url, token });
  });
  afterEach(async () => {
    client.close();
    await server.close();
  });

  it('[M5] is let in and has the list of agents', async () => {
    const [member, agents] = await Promise.all([next(client, 'member'), next(client, 'agents')]);
    expect(member).toMatchObject({ role: 'admin' });
    expect(agents).toEqual([agentSummary()]);
    expect(client.agents).toEqual(agents);
    expect(client.connection.name).toBe('connected');
  });

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
      // The button of a person who does not want to wait.
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

  it('[S14] tells of a snapshot, unpacked, and goes on behind it; it counts as it was on the wire', async () => {
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

  it('[I1] sends agent requests to the room and others to the lobby, on one socket each', async () => {
    const ack = await client.request('agent:start', { agentId });
    expect(ack.success).toBe(true);
    await client.request('agent:pause', { agentId });
    await client.request('agent:create', { name: 'New' });
    expect(server.of('agent:start', ROOM)).toHaveLength(1);
    expect(server.of('agent:pause', ROOM)).toHaveLength(1);
    expect(server.of('agent:create', LOBBY)).toHaveLength(1);
    expect(server.of('auth', ROOM)).toHaveLength(1);
  });

  it('[I1] rejects with the server’s error, and at once with the field where the payload is wrong', async () => {
    await expect(client.request('agent:delete', { agentId })).rejects.toMatchObject({
      wire: { code: 'INVALID_STATE' },
    });
    await expect(client.request('agent:create', { name: '!' })).rejects.toMatchObject({
      wire: { code: 'INVALID_MESSAGE', details: { field: 'name' } },
    });
    expect(server.of('agent:create')).toEqual([]);
  });

  it('[I1] sends a request that lost its socket again under the same id', async () => {
    await next(client, 'agents');
    server.silent = true;
    const asked = client.request('agent:create', { name: 'New' });
    await server.until(() => server.of('agent:create').length === 1);
    server.silent = false;
    server.cut();
    await asked;
    const [first, second, ...rest] = server.of('agent:create');
    expect(rest).toEqual([]);
    expect(second?.id).toBe(first?.id);
  });

  it('[I2] input goes once, as numbered bytes, and is counted until it is confirmed', async () => {
    const feed = client.open('bash');
    expect(feed.input('too early')).toBe(false);
    await fed(feed, 'state');
    const counts: number[] = [];
    feed.on('unconfirmed', (count) => counts.push(count));
    expect(feed.input('lé\r')).toBe(true);
    expect(feed.input(Uint8Array.of(0xff, 0x00))).toBe(true);
    await server.until(() => server.typed.length === 2);
    await fed(feed, 'unconfirmed', (count) => count === 0);
    expect(counts[0]).toBe(1);
    const [keys, bytes] = server.typed;
    const own = { clientId: client.clientId, answer: false, commandId: undefined };
    expect(keys).toMatchObject({ ...own, data: Buffer.from('lé\r') });
    expect(bytes).toMatchObject({ ...own, data: Buffer.of(0xff, 0), inputSequence: numberOf(keys) + 1 });
    expect(server.of('agent:input')).toEqual([]);
  });

  it('[I2] [L] a paste goes in pieces of 64 KiB, none lost and none twice', async () => {
    const feed = client.open('bash');
    await fed(feed, 'state');
    feed.input('€'.repeat(50_000));
    await server.until(() => server.typed.length === 3);
    expect(server.typed.map(({ data }) => data.length)).toEqual([65_536, 65_536, 18_928]);
    expect(Buffer.concat(server.typed.map(({ data }) => data)).toString()).toBe('€'.repeat(50_000));
  });

  it('[G4] [I2] says it as text to a server that takes no frames', async () => {
    server.takesFrames = false;
    const feed = client.open('bash');
    expect(feed.input('too early')).toBe(false);
    await fed(feed, 'state');
    const counts: number[] = [];
    feed.on('unconfirmed', (count) => counts.push(count));
    expect(feed.input('ls\r')).toBe(true);
    expect(feed.input(Uint8Array.of(0xff, 0x00))).toBe(true);
    await server.until(() => server.of('agent:input').length === 2);
    await fed(feed, 'unconfirmed', (count) => count === 0);
    expect(counts[0]).toBe(1);
    const [keys, bytes] = server.of('agent:input').map(({ message }) => message.payload);
    expect(keys).toMatchObject({ data: 'ls\r', encoding: 'utf8', clientId: client.clientId });
    const inputSequence = numberOf(keys) + 1;
    expect(bytes).toMatchObject({ data: '/wA=', encoding: 'base64', inputSequence });
  });

  it('[B9] [X6] sends what is typed while nobody else drives, and says what the terminal says by itself', async () => {
    const feed = client.open('bash');
    await fed(feed, 'state');
    const hands = { memberId: 'm', name: 'Ada', clientId: client.clientId } as Keyboard['asking'][number];
    const other = { ...hands, clientId: 'other' } as typeof hands;
    const drives = async (driver: typeof hands | null, revision: number) => {
      const payload = { agentId, driver, asking: [], revision, by: null, reason: 'granted' as const };
      const known = fed(feed, 'state', (state) => state.revision === revision);
      server.say(ROOM, { type: 'driver:changed', payload });
      return known;
    };
    expect(await drives(other, 2)).toMatchObject({ keyboard: { driver: other }, agent: { driver: 'm' } });
    expect(feed.input('no')).toBe(false);
    const commandId = commandIdOf(agentId, 'asks');
    expect(feed.input('to a command', commandId)).toBe(true);
    feed.resize(90, 30);
    await drives(hands, 3);
    expect(feed.input('yes')).toBe(true);
    expect(feed.answer('\x1b[?1;2c')).toBe(true);
    await server.until(() => server.typed.length === 3);
    expect(server.of('agent:resize')).toEqual([]);
    const inputs = server.typed.map(({ data, ...head }) => ({ ...head, data: data.toString() }));
    expect(inputs[0]).toMatchObject({ data: 'to a command', commandId });
    expect(inputs[1]).toMatchObject({ data: 'yes', answer: false, commandId: undefined });
    expect(inputs[2]).toMatchObject({ data: '\x1b[?1;2c', answer: true });
    expect(await drives(null, 4)).not.toHaveProperty('agent.driver');
  });

  it('[B9] hears who watches, and asks for the keyboard on the socket it watches by', async () => {
    const feed = client.open('bash');
    await fed(feed, 'state');
    const heard = fed(feed, 'presence');
    server.say(ROOM, { type: 'presence:update', payload: { agentId, watchers: [], total: 3 } });
    expect((await heard).total).toBe(3);
    await client.request('driver:request', { agentId: 'bash' });
    expect(server.of('driver:request', ROOM)).toHaveLength(1);
  });

  it('resizes to the latest size, on connect where there was none before', async () => {
    const feed = client.open('bash');
    feed.resize(100, 30);
    feed.resize(120.7, 0);
    await server.until(() => server.of('agent:resize').length > 0);
    expect(server.of('agent:resize').map(({ message }) => message.payload)).toEqual([
      { agentId, cols: 120, rows: 1 },
    ]);
  });

  it('[R1] tells a state only when it is newer', async () => {
    const feed = client.open('bash');
    await fed(feed, 'state');
    const revisions: number[] = [];
    feed.on('state', ({ revision }) => revisions.push(revision));
    const told = fed(feed, 'state', ({ revision }) => revision === 9);
    for (const revision of [1, 5, 4, 5, 9])
      server.say(ROOM, { type: 'agent:state', payload: roomState({ revision }) });
    await told;
    expect(revisions).toEqual([5, 9]);
  });

  it('[M11] renews the token in-band on every socket with one question, and none is dropped', async () => {
    const feed = client.open('bash');
    await Promise.all([fed(feed, 'state'), next(client, 'agents')]);
    token.mockClear();
    let give = (_: string) => {};
    token.mockImplementationOnce(() => new Promise((resolve) => (give = resolve)));
    const heard = Promise.all([fed(feed, 'state'), next(client, 'notice')]);
    server.say('/ws/', { type: 'auth:expiring', payload: { expiresAt: Date.now() + 60_000 } });
    server.say(ROOM, { type: 'agent:state', payload: roomState({ revision: 9 }) });
    server.say(LOBBY, { type: 'system:message', payload: { message: 'm' } });
    await heard;
    give('new');
    await server.until(() => server.of('auth:refresh').length === 2);
    expect(server.of('auth:refresh', ROOM)).toHaveLength(1);
    expect(server.of('auth:refresh', LOBBY)).toHaveLength(1);
    expect(server.of('auth')).toHaveLength(2);
    expect(token).toHaveBeenCalledTimes(1);
  });

  it('[X5] tells who we are when that changes, without another connection', async () => {
    const { id } = await next(client, 'member');
    const changed = next(client, 'member');
    const payload = { id, name: 'Ada', role: 'viewer' } as const;
    server.say(LOBBY, { type: 'member:changed', payload });
    expect(await changed).toEqual(payload);
    expect(server.of('auth')).toHaveLength(1);
  });

  it('[N1] tells a feed that its agent is gone: by the lobby’s word, and by the room’s', async () => {
    const feed = client.open('bash');
    await Promise.all([fed(feed, 'state'), next(client, 'agents')]);
    const byLobby = fed(feed, 'gone');
    server.say(LOBBY, { type: 'agent:deleted', payload: { agentId, agentUid: agentUid(1) } });
    expect(await byLobby).toMatchObject({ code: 'AGENT_NOT_FOUND' });
    const byRoom = fed(feed, 'gone');
    server.end(ROOM, 4404);
    expect(await byRoom).toMatchObject({ code: 'AGENT_NOT_FOUND' });
    expect(feed.connection).toMatchObject({ name: 'disconnected', reason: 'refused' });
  });

  it('passes on what answers no request as a notice', async () => {
    await next(client, 'agents');
    const notice = next(client, 'notice');
    server.say(LOBBY, { type: 'error', payload: wireError('INTERNAL_ERROR', 'oh') });
    expect(await notice).toEqual({ level: 'error', message: 'oh' });
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

describe('client on a Node without a WebSocket of its own', () => {
  it('takes one that is given to it', async () => {
    const server = new FakeServer();
    const url = await server.listen();
    server.room.produce(10, 5);
    const client = createClient({
      url,
      token: async () => 'token',
      // The parts of both that a link touches are the same.
      webSocket: (address, protocols) => new NodeWebSocket(address, protocols) as unknown as WebSocket,
    });
    const feed = client.open('bash', { history: 'full' });
    await live(feed);
    expect(feed.cursor).toEqual({ epoch: epochOf(1), sequence: 10 });
    client.close();
    await server.close();
  });
});

describe('client and time', () => {
  let network: FakeNetwork;
  let client: MusterClient;
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('fetch', () => Promise.reject(new Error('the server is away')));
    network = new FakeNetwork();
    client = createClient({ url: 'http://x', webSocket: network.webSocket });
  });
  afterEach(() => {
    client.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const letIn = async (path: string) => {
    await settle();
    network.to(path).open();
    network.to(path).say(connectionAck());
    await settle();
  };

  it(`keeps a room's socket ${LINGER_MS / 1000} s after its last user, and the next one finds it`, async () => {
    await letIn(LOBBY);
    const feed = client.open('bash');
    await letIn(ROOM);
    feed.close();
    await vi.advanceTimersByTimeAsync(LINGER_MS - 1);
    const again = client.open('bash');
    await settle();
    expect(network.dials).toHaveLength(2);
    again.close();
    await vi.advanceTimersByTimeAsync(LINGER_MS);
    expect(network.to(ROOM).readyState).toBe(3);
    client.open('bash');
    await settle();
    expect(network.dials).toHaveLength(3);
  });

  it('[I2] [L] input goes at once, and what follows within 12 ms together, in order', async () => {
    await letIn(LOBBY);
    const feed = client.open('bash');
    await letIn(ROOM);
    // Above what this client may have used before it was loaded again: a thousand a millisecond.
    const begun = Date.now() * 1_000;
    const typed = () =>
      network
        .to(ROOM)
        .sent.flatMap((text): { type?: string; payload?: { data?: string; inputSequence?: number } }[] =>
          text === 'ping' ? [] : [JSON.parse(text)],
        )
        .filter(({ type }) => type === 'agent:input')
        .map(({ payload }) => [numberOf(payload) - begun, payload?.data]);
    feed.input('a');
    expect(typed()).toEqual([[1, 'a']]);
    feed.input('b');
    feed.input('c');
    feed.input(Uint8Array.of(0));
    feed.input('d');
    expect(typed()).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(TYPING_MS);
    expect(typed().slice(1)).toEqual([
      [2, 'bc'],
      [3, 'AA=='],
      [4, 'd'],
    ]);
    await vi.advanceTimersByTimeAsync(TYPING_MS);
    feed.input('e');
    expect(typed().at(-1)).toEqual([5, 'e']);
    const counts: number[] = [];
    feed.on('unconfirmed', (count) => counts.push(count));
    feed.input('lost');
    const room = network.to(ROOM);
    room.end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(room.sent.join('')).not.toContain('lost');
    await letIn(ROOM);
    feed.input('f');
    expect(typed()).toEqual([[7, 'f']]);
    expect(counts).toEqual([7]);
  });

  it('[M10] a request waits while offline, up to its timeout', async () => {
    const asked = client.request('agent:create', { name: 'New' }, { timeout: 3_000 });
    const failed = expect(asked).rejects.toMatchObject({ wire: { code: 'COMMAND_TIMEOUT' } });
    await vi.advanceTimersByTimeAsync(3_000);
    await failed;
  });

  it('[I1] what waits when the client is closed is told so', async () => {
    const asked = client.request('agent:create', { name: 'New' });
    client.close();
    await expect(asked).rejects.toMatchObject({ wire: { code: 'SERVICE_UNAVAILABLE' } });
    await expect(client.request('agent:create', { name: 'New' })).rejects.toMatchObject({
      wire: { code: 'SERVICE_UNAVAILABLE' },
    });
  });

  it('[S6] a subscription that is not answered is made again on another socket, from the cursor', async () => {
    await letIn(LOBBY);
    client.open('bash', { history: 'full', after: { epoch: epochOf(1), sequence: 4 } });
    await letIn(ROOM);
    const first = network.to(ROOM);
    await vi.advanceTimersByTimeAsync(16_000);
    await letIn(ROOM);
    expect(network.to(ROOM)).not.toBe(first);
    for (const socket of [first, network.to(ROOM)]) {
      const asked = socket.sent.map((text): { type?: string } => (text === 'ping' ? {} : JSON.parse(text)));
      expect(asked.filter(({ type }) => type === 'subscribe:agent')).toMatchObject([
        { payload: { agentId, history: 'full', after: { epoch: epochOf(1), sequence: 4 } } },
      ]);
    }
  });
});
