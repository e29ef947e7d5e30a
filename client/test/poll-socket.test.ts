import { encodePolled, type PolledFrame } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PollLimiter } from '../src/poll-limiter.ts';
import { PollSocket } from '../src/poll-socket.ts';

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly bearer: string | null;
  answer(frames: readonly PolledFrame[]): void;
  refuse(status: number, code?: string): void;
  fail(): void;
}

let asked: Asked[] = [];
let sockets: PollSocket[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  sockets = [];
  vi.stubGlobal('fetch', (address: string, init: RequestInit = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
    const json = (code?: string) => (code === undefined ? 'a page' : JSON.stringify({ error: { code } }));
    asked.push({
      method: init.method ?? 'GET',
      url: new URL(address),
      body: String(init.body ?? ''),
      bearer: new Headers(init.headers).get('authorization'),
      answer: (frames) => {
        const bytes = frames.flatMap((frame) => [...encodePolled(frame)]);
        resolve(new Response(Uint8Array.from(bytes)));
      },
      refuse: (status, code) => resolve(new Response(json(code), { status })),
      fail: () => reject(new TypeError('fetch failed')),
    });
    return promise;
  });
});
afterEach(() => {
  for (const socket of sockets) socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The machine stands still. */
const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms);
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const text = (value: string): PolledFrame => ({ kind: 'text', text: value });

function open(path = '/ws/agents/one', limiter = new PollLimiter()) {
  const heard: unknown[] = [];
  const socket = new PollSocket({
    url: `wss://x${path}?client=me&team=t`,
    bearer: () => 'token',
    limiter,
    ended: () => limiter.remove(),
  });
  limiter.add();
  sockets.push(socket);
  socket.onopen = () => heard.push('open');
  socket.onmessage = ({ data }) => heard.push(data instanceof ArrayBuffer ? [...new Uint8Array(data)] : data);
  socket.onclose = ({ code }) => heard.push(code);
  return { socket, heard };
}

const polls = () => asked.filter(({ method }) => method === 'GET');
const posts = () => asked.filter(({ method }) => method === 'POST');

async function opened() {
  const both = open();
  polls()
    .at(-1)
    ?.answer([text('hello')]);
  await settle();
  return both;
}

describe('a socket made of requests', () => {
  it('[G5] asks for what comes behind what it has, and hands it on as a socket would', async () => {
    const { heard } = open();
    expect(asked[0]?.url.href).toMatch(
      /^https:\/\/x\/api\/agents\/one\/events\?client=me&team=t&line=[0-9a-f-]{36}&got=0&wait=25000$/,
    );
    expect(asked[0]?.bearer).toBe('Bearer token');
    asked[0]?.answer([text('a'), { kind: 'binary', bytes: Uint8Array.of(1, 2) }]);
    await settle();
    expect(heard).toEqual(['open', 'a', [1, 2]]);
    expect(asked[1]?.url.searchParams.get('got')).toBe('2');
    asked[1]?.answer([text('b'), { kind: 'close', code: 4404, reason: '' }]);
    await settle();
    expect(heard.slice(3)).toEqual(['b', 4404]);
    expect(asked.slice(2).map(({ method }) => method)).toEqual(['DELETE']);
  });

  it('[G5] the lobby has a path of its own', () => {
    open('/ws/dashboard');
    expect(asked[0]?.url.pathname).toBe('/api/events');
  });

  it('[R2] sends one body at a time, in order, numbered', async () => {
    const { socket } = await opened();
    for (const word of ['a', 'b', 'c']) socket.send(word);
    await settle();
    expect(posts().map(({ body }) => body)).toEqual(['a']);
    posts()[0]?.answer([]);
    await settle();
    expect(posts().map(({ body, url }) => [body, url.searchParams.get('from')])).toEqual([
      ['a', '1'],
      ['b\nc', '2'],
    ]);
  });

  it('[G5] repeats what failed as it was, three times, and then it is lost', async () => {
    const { socket, heard } = await opened();
    socket.send('a');
    for (let times = 0; times < 4; times += 1) {
      posts().at(-1)?.fail();
      await settle(500);
    }
    expect(new Set(posts().map(({ body, url }) => `${body} ${url.searchParams.get('from')}`))).toEqual(
      new Set(['a 1']),
    );
    expect(posts()).toHaveLength(4);
    expect(heard.at(-1)).toBe(1006);
  });

  it('[G5] [I1] repeats nothing after a minute: a machine that slept dials anew', async () => {
    const { socket, heard } = await opened();
    socket.send('a');
    await settle();
    sleep(15 * 60_000);
    posts().at(-1)?.fail();
    await settle(2_000);
    expect(posts()).toHaveLength(1);
    expect(heard.at(-1)).toBe(1006);
  });

  it('[G5] a poll that was lost on its way is asked for again', async () => {
    const { heard } = await opened();
    polls().at(-1)?.refuse(502);
    await settle(500);
    expect(polls().at(-1)?.url.searchParams.get('got')).toBe('1');
    polls()
      .at(-1)
      ?.answer([text('b')]);
    await settle();
    expect(heard).toEqual(['open', 'hello', 'b']);
  });

  it.each([
    [401, 'TOKEN_EXPIRED', 4401],
    [404, 'AGENT_NOT_FOUND', 4404],
    [409, 'INVALID_STATE', 1006],
    [429, 'RATE_LIMIT', 1013],
    [403, undefined, 1006],
    [503, 'SERVICE_UNAVAILABLE', 1006],
  ])(
    '[G5] a first poll that is refused with %i %s is a socket closed with %i',
    async (status, code, close) => {
      const { heard } = open();
      asked[0]?.refuse(status, code);
      await settle();
      expect(heard).toEqual([close]);
    },
  );

  it('an answer that cannot be read ends it', async () => {
    const { heard } = open();
    asked[0]?.answer([{ kind: 'text', text: '' }]);
    await settle();
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(Uint8Array.of(7))));
    polls().at(-1)?.answer([]);
    await settle();
    expect(heard.at(-1)).toBe(1006);
  });

  it('closed by us it notifies only the server, and polls no more', async () => {
    const { socket, heard } = await opened();
    const before = polls().length;
    socket.close();
    await settle(60_000);
    expect(heard).toEqual(['open', 'hello']);
    expect(polls()).toHaveLength(before);
    expect(asked.at(-1)?.method).toBe('DELETE');
  });
});

describe('limiter', () => {
  it('[M10] of six lines four poll at a time, not for long, and all have their turn', async () => {
    const limiter = new PollLimiter();
    for (let n = 0; n < 6; n += 1) open(`/ws/agents/a${n}`, limiter);
    await settle();
    expect(polls()).toHaveLength(4);
    for (let at = 0; at < 6; at += 1) {
      polls()[at]?.answer([]);
      await settle();
    }
    expect(new Set(polls().map(({ url }) => url.pathname)).size).toBe(6);
    expect(polls().at(-1)?.url.searchParams.get('wait')).toBe('1000');
  });
});
