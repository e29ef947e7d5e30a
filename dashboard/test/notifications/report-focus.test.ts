import type { MusterClient, MusterClientEvents } from '@muster/client';
import { AgentIdSchema, MessageIdSchema, wireError } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Looked, reportFocus } from '../../src/lib/notifications/report-focus.svelte.ts';

const shell = AgentIdSchema.parse('shell');
const other = AgentIdSchema.parse('other');
type Listener = (event: MusterClientEvents['attention']) => void;

/** A client that records what is asked, and says what the lobby says. */
class FocusClient implements Pick<MusterClient, 'request' | 'on'> {
  readonly asked: unknown[] = [];
  refuses = false;
  #attention: Listener = () => undefined;

  request: MusterClient['request'] = async (type, payload) => {
    this.asked.push({ type, ...payload });
    const error = wireError('INVALID_MESSAGE', 'no');
    if (this.refuses) throw Object.assign(new Error('no'), { wire: error, outcome: 'refused' });
    return { messageId: MessageIdSchema.parse('1'), success: true };
  };

  on: MusterClient['on'] = (_event, listener) => {
    this.#attention = (event) => Reflect.apply(listener, undefined, [event]);
    return () => undefined;
  };

  happens(agentId: typeof shell): void {
    this.#attention({ eventId: MessageIdSchema.parse('e1'), agentId, event: 'request', at: 1 });
  }
}

let client: FocusClient;
let looked: Looked;
let stop = () => {};

const begin = async () => {
  stop = reportFocus(client, () => looked);
  await vi.advanceTimersByTimeAsync(0);
};
beforeEach(() => {
  vi.useFakeTimers();
  client = new FocusClient();
  looked = { agentId: shell, visible: true, connected: true };
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe('[C10] a page that is looked at', () => {
  it('says so, and again every 15 s, until it ends', async () => {
    await begin();
    expect(client.asked).toEqual([{ type: 'page:focus', agentId: 'shell', visible: true }]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(client.asked).toHaveLength(3);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.asked).toHaveLength(3);
  });

  it('says once that nobody looks, which runs out by itself', async () => {
    looked = { ...looked, visible: false };
    await begin();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.asked).toEqual([{ type: 'page:focus', agentId: 'shell', visible: false }]);
  });

  it('says nothing while the server is away', async () => {
    looked = { ...looked, connected: false };
    await begin();
    expect(client.asked).toEqual([]);
  });

  it('asks a server that refuses it no second time', async () => {
    client.refuses = true;
    await begin();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.asked).toHaveLength(1);
  });

  it('acknowledges what happens to its agent, and nothing else', async () => {
    await begin();
    client.happens(other);
    client.happens(shell);
    looked = { ...looked, visible: false };
    client.happens(shell);
    expect(client.asked.slice(1)).toEqual([{ type: 'attention:seen', eventId: 'e1' }]);
  });
});
