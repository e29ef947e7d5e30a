import { dialBackoff } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../src/index.ts';
import type { ClientOptions, ConnectionState, MusterClient } from '../src/types.ts';
import { connectionAck, FakeNetwork } from './fake-socket.ts';

const states: ConnectionState[] = [];
const clients: MusterClient[] = [];
let network = new FakeNetwork();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', () => Promise.reject(new Error('the server is away')));
  vi.stubGlobal('window', new EventTarget());
  vi.stubGlobal('document', new EventTarget());
  network = new FakeNetwork();
  states.length = 0;
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

type Tokens = Pick<ClientOptions, 'token' | 'refresh'>;

async function dial(tokens: Tokens = {}): Promise<MusterClient> {
  const options = { url: 'http://x', clientId: 'me', webSocket: network.webSocket, ...tokens };
  const client = createClient(options);
  client.on('connection', (state) => states.push(state));
  clients.push(client);
  await settle();
  return client;
}
/** The machine is online again. */
const wake = () => window.dispatchEvent(new Event('online'));
/** Lets promises that are due come through. */
const settle = () => vi.advanceTimersByTimeAsync(0);
function letIn(): void {
  network.last.open();
  network.last.deliver(connectionAck());
}
const parsed = (text: string | undefined): unknown => JSON.parse(text ?? 'null');

describe('a client’s socket', () => {
  it('[M9] redials within 0.5 s, then after 1, 2, 4, 8, 16, 30 s within 20 %; the button after the fifth', async () => {
    const client = await dial();
    letIn();
    await vi.advanceTimersByTimeAsync(5_000);
    for (let tries = 1; tries <= 8; tries += 1) {
      const lostAt = Date.now();
      network.last.end();
      expect(client.connection).toMatchObject({ name: 'reconnecting', attempt: tries, manual: tries > 5 });
      await vi.advanceTimersToNextTimerAsync();
      while (network.last.readyState === 3) await vi.advanceTimersToNextTimerAsync();
      const waited = (network.dials.at(-1)?.at ?? 0) - lostAt;
      expect(waited).toBeGreaterThanOrEqual(dialBackoff(tries, 0) - 1);
      expect(waited).toBeLessThanOrEqual(dialBackoff(tries, 1) + 1);
    }
    letIn();
    expect(client.connection.name).toBe('connected');
  });

  it('[M9] a person, or the machine coming back, is not kept waiting', async () => {
    const client = await dial();
    for (const ask of [() => client.reconnect(), wake]) {
      network.last.end();
      const before = network.dials.length;
      ask();
      await settle();
      expect(network.dials.length).toBe(before + 1);
    }
  });

  it('[M9] a server that accepts the socket and sends nothing is given up after 10 s', async () => {
    const client = await dial();
    network.last.open();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(client.connection.name).toBe('connecting');
    await vi.advanceTimersByTimeAsync(1);
    expect(client.connection.name).toBe('reconnecting');
  });

  it('[H1] pings every 20 s as bare text and redials after 40 s of silence', async () => {
    const client = await dial();
    letIn();
    const { last } = network;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(last.sent).toEqual(['ping']);
    last.text('pong');
    await vi.advanceTimersByTimeAsync(39_999);
    expect(client.connection.name).toBe('connected');
    await vi.advanceTimersByTimeAsync(1);
    expect(client.connection.name).toBe('reconnecting');
  });

  it('[H1] on waking it finds out within 5 s whether the socket lives', async () => {
    const client = await dial();
    letIn();
    wake();
    network.last.text('pong');
    await vi.advanceTimersByTimeAsync(6_000);
    expect(client.connection.name).toBe('connected');
    wake();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(client.connection.name).toBe('reconnecting');
  });

  it('[M5] brings the token in its first message, asked for anew at each dial', async () => {
    let count = 0;
    const token = async () => {
      count += 1;
      return `t${count}`;
    };
    await dial({ token });
    network.last.open();
    expect(parsed(network.last.sent[0])).toEqual({ type: 'auth', payload: { token: 't1', clientId: 'me' } });
    network.last.end();
    await vi.advanceTimersByTimeAsync(500);
    network.last.open();
    expect(parsed(network.last.sent[0])).toMatchObject({ payload: { token: 't2' } });
  });

  it('[M9] a token that cannot be had is a dial that failed', async () => {
    const client = await dial({ token: () => Promise.reject(new Error('offline')) });
    expect(network.dials).toHaveLength(0);
    expect(client.connection).toMatchObject({ name: 'reconnecting', attempt: 1 });
  });

  it('[M11] renews the cookie after a 4401 and comes back, and stays away when that does not help', async () => {
    const refresh = vi.fn(async () => 'new');
    const client = await dial({ refresh });
    letIn();
    network.last.deliver({
      type: 'error',
      payload: { code: 'TOKEN_EXPIRED', number: 1002, message: '', recoverable: true },
    });
    network.last.end(4401);
    await vi.advanceTimersByTimeAsync(500);
    expect(refresh).toHaveBeenCalledTimes(1);
    network.last.open();
    network.last.end(4401);
    expect(client.connection).toMatchObject({ name: 'disconnected', reason: 'refused', code: 4401 });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(network.dials).toHaveLength(2);
  });

  it('[M9] is refused for good by a close of 4400–4449, with the server’s word for it', async () => {
    const client = await dial();
    network.last.open();
    const error = { code: 'AGENT_NOT_FOUND', number: 2001, message: 'gone', recoverable: false } as const;
    network.last.deliver({ type: 'error', payload: error });
    network.last.end(4404);
    expect(client.connection).toEqual({ name: 'disconnected', reason: 'refused', code: 4404, error });
    client.reconnect();
    await settle();
    expect(network.dials).toHaveLength(2);
    network.last.open();
    network.last.end(4404);
    expect(client.connection).toMatchObject({ error: { code: 'AGENT_NOT_FOUND' } });
  });

  it('[M9] closed while its token is on the way it does not dial', async () => {
    let give = (_: string) => {};
    const client = await dial({ token: () => new Promise((resolve) => (give = resolve)) });
    client.close();
    give('late');
    await settle();
    expect(network.dials).toHaveLength(0);
  });

  it('[M9] emits every state once, in order', async () => {
    await dial();
    letIn();
    network.last.end();
    await vi.advanceTimersByTimeAsync(500);
    letIn();
    expect(states.map(({ name }) => name)).toEqual([
      'connected',
      'reconnecting',
      'reconnecting',
      'connected',
    ]);
  });
});
