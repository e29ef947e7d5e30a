import { wireError } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { createClient } from '../src/index.ts';
import { INPUT_BATCH_MS, LINGER_MS } from '../src/team/index.ts';
import type { MusterClient } from '../src/types.ts';
import { FakeServer } from './fake-server.ts';
import { connectionAck, FakeNetwork } from './fake-socket.ts';
import { agentId, agentSummary, agentUid, epochOf, roomState } from './stream/support.ts';
import { fed, hangUp, LOBBY, live, next, numberOf, ROOM, talk } from './talk.ts';

describe('client and a server', () => {
  const token = vi.fn(async () => 'token');
  let server: FakeServer;
  let client: MusterClient;

  beforeEach(async () => {
    ({ server, client } = await talk(token));
  });
  afterEach(() => hangUp({ server, client }));

  it('[M5] is let in and has the list of agents', async () => {
    const [member, agents] = await Promise.all([next(client, 'member'), next(client, 'agents')]);
    expect(member).toMatchObject({ role: 'admin' });
    expect(agents).toEqual([agentSummary()]);
    expect(client.agents).toEqual(agents);
    expect(client.connection.name).toBe('connected');
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

  it('[I1] rejects with the server’s error', async () => {
    await expect(client.request('agent:delete', { agentId })).rejects.toMatchObject({
      wire: { code: 'INVALID_STATE' },
    });
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

  it('[M11] renews the token in-band on every socket with one question, and none is dropped', async () => {
    const feed = client.open('bash');
    await Promise.all([fed(feed, 'state'), next(client, 'agents')]);
    token.mockClear();
    let give = (_: string) => {};
    token.mockImplementationOnce(() => new Promise((resolve) => (give = resolve)));
    const heard = Promise.all([fed(feed, 'state'), next(client, 'notice')]);
    server.broadcast('/ws/', { type: 'auth:expiring', payload: { expiresAt: Date.now() + 60_000 } });
    server.broadcast(ROOM, { type: 'agent:state', payload: roomState({ revision: 9 }) });
    server.broadcast(LOBBY, { type: 'system:message', payload: { message: 'm' } });
    await heard;
    give('new');
    await server.until(() => server.of('auth:refresh').length === 2);
    expect(server.of('auth:refresh', ROOM)).toHaveLength(1);
    expect(server.of('auth:refresh', LOBBY)).toHaveLength(1);
    expect(server.of('auth')).toHaveLength(2);
    expect(token).toHaveBeenCalledTimes(1);
  });

  it('[X5] emits the member when it changes, without another connection', async () => {
    const { id } = await next(client, 'member');
    const changed = next(client, 'member');
    const payload = { id, name: 'Ada', role: 'viewer' } as const;
    server.broadcast(LOBBY, { type: 'member:changed', payload });
    expect(await changed).toEqual(payload);
    expect(server.of('auth')).toHaveLength(1);
  });

  it('[N1] notifies a feed that its agent is gone: from the lobby, and from the room', async () => {
    const feed = client.open('bash');
    await Promise.all([fed(feed, 'state'), next(client, 'agents')]);
    const byLobby = fed(feed, 'gone');
    server.broadcast(LOBBY, { type: 'agent:deleted', payload: { agentId, agentUid: agentUid(1) } });
    expect(await byLobby).toMatchObject({ code: 'AGENT_NOT_FOUND' });
    const byRoom = fed(feed, 'gone');
    server.end(ROOM, 4404);
    expect(await byRoom).toMatchObject({ code: 'AGENT_NOT_FOUND' });
    expect(feed.connection).toMatchObject({ name: 'disconnected', reason: 'refused' });
  });

  it('passes on what answers no request as a notice', async () => {
    await next(client, 'agents');
    const notice = next(client, 'notice');
    server.broadcast(LOBBY, { type: 'error', payload: wireError('INTERNAL_ERROR', 'oh') });
    expect(await notice).toEqual({ level: 'error', message: 'oh' });
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
    network.to(path).deliver(connectionAck());
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
    await vi.advanceTimersByTimeAsync(INPUT_BATCH_MS);
    expect(typed().slice(1)).toEqual([
      [2, 'bc'],
      [3, 'AA=='],
      [4, 'd'],
    ]);
    await vi.advanceTimersByTimeAsync(INPUT_BATCH_MS);
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

  it('[I1] pending requests fail when the client is closed', async () => {
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
