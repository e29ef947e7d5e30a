import type { Ack } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../src/index.ts';
import type { MusterClient, RequestFailure } from '../src/types.ts';
import { connectionAck, FakeNetwork, type FakeSocket } from './fake-socket.ts';
import { agentId } from './stream/support.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-29T12:00:00Z');
/** How far the server's clock is ahead of this machine's. */
const AHEAD = 3 * 60 * MINUTE;

let network: FakeNetwork;
let client: MusterClient;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.stubGlobal('fetch', () => Promise.reject(new Error('the server is away')));
  network = new FakeNetwork();
  client = createClient({ url: 'http://x', webSocket: network.webSocket });
});
afterEach(() => {
  client.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

async function letIn(): Promise<FakeSocket> {
  await settle();
  const socket = network.to('/ws/agents/');
  socket.open();
  socket.deliver(connectionAck(), Date.now() + AHEAD);
  return socket;
}

interface Sent {
  readonly type: string;
  readonly id: string;
  readonly metadata?: { readonly askedAt?: number };
}
const requests = ({ sent }: FakeSocket): Sent[] =>
  sent.filter((text) => text.startsWith('{')).map((text): Sent => JSON.parse(text));

/** How a request ended. */
function outcomeOf(asked: Promise<Ack>): { now: 'waits' | 'done' | RequestFailure } {
  const outcome: ReturnType<typeof outcomeOf> = { now: 'waits' };
  asked.then(
    () => (outcome.now = 'done'),
    (failure: RequestFailure) => (outcome.now = failure),
  );
  return outcome;
}

const UNKNOWN = {
  outcome: 'unknown',
  message: expect.stringContaining('It is not known whether this was done'),
};

/** The machine stands still: timers and the steady clock with it. */
const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe('[I1] a laptop that is closed in the middle of a request', () => {
  it('and opened after 15 minutes ends it as unknown, and sends it on no other socket', async () => {
    const outcome = outcomeOf(client.request('agent:start', { agentId }));
    const before = await letIn();
    expect(requests(before)).toHaveLength(1);
    sleep(15 * MINUTE);
    before.end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(outcome.now).toMatchObject(UNKNOWN);
    const after = await letIn();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(after).not.toBe(before);
    expect(requests(after)).toEqual([]);
  });

  it('whose socket lives on does not repeat it there', async () => {
    const outcome = outcomeOf(client.request('agent:start', { agentId }));
    const socket = await letIn();
    sleep(15 * MINUTE);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(requests(socket)).toHaveLength(1);
    expect(outcome.now).toMatchObject(UNKNOWN);
  });

  it('may repeat it after a moment, and sends when it was first sent, by the server’s clock', async () => {
    const outcome = outcomeOf(client.request('agent:start', { agentId }));
    const before = await letIn();
    sleep(10_000);
    before.end();
    await vi.advanceTimersByTimeAsync(1_000);
    const after = await letIn();
    const [first] = requests(before);
    const [again] = requests(after);
    expect(first?.metadata?.askedAt).toBe(START + AHEAD);
    expect(again).toEqual(first);
    after.deliver({ type: 'ack', payload: { messageId: again?.id ?? '', success: true } });
    await settle();
    expect(outcome.now).toBe('done');
  });

  it('and whose clock is then set back still counts the repeat’s full age', async () => {
    const outcome = outcomeOf(client.request('agent:start', { agentId }, { timeout: 60 * MINUTE }));
    const before = await letIn();
    vi.setSystemTime(START - 60 * MINUTE);
    before.end();
    for (let minutes = 0; minutes < 6; minutes += 1) await vi.advanceTimersByTimeAsync(MINUTE);
    expect(outcome.now).toMatchObject(UNKNOWN);
    expect(requests(await letIn())).toEqual([]);
  });

  it('asks the server anew for nothing: what it asks after that is young, by the server’s clock', async () => {
    outcomeOf(client.request('agent:start', { agentId }));
    const socket = await letIn();
    sleep(15 * MINUTE);
    outcomeOf(client.request('agent:pause', { agentId }));
    const asked = requests(socket).find(({ type }) => type === 'agent:pause');
    expect(asked?.metadata?.askedAt).toBe(START + AHEAD + 15 * MINUTE);
  });

  it('gets the server’s own error that it may have been done', async () => {
    const outcome = outcomeOf(client.request('agent:start', { agentId }));
    const socket = await letIn();
    const error = {
      code: 'COMMAND_TIMEOUT',
      number: 2004,
      message: 'It is not known whether this was done',
      recoverable: true,
      details: { outcome: 'unknown' },
    } as const;
    socket.deliver({
      type: 'ack',
      payload: { messageId: requests(socket)[0]?.id ?? '', success: false, error },
    });
    await settle();
    expect(outcome.now).toMatchObject(UNKNOWN);
  });

  it('sends its terminal’s size anew, as a request of its own', async () => {
    const feed = client.open('bash');
    feed.resize(100, 30);
    const before = await letIn();
    before.end();
    await vi.advanceTimersByTimeAsync(1_000);
    const after = await letIn();
    const sizes = [before, after].map((socket) =>
      requests(socket).find(({ type }) => type === 'agent:resize'),
    );
    expect(sizes[0]?.id).toBeDefined();
    expect(sizes[1]?.id).toBeDefined();
    expect(sizes[1]?.id).not.toBe(sizes[0]?.id);
    feed.close();
  });
});
