import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { ConversationApi } from '../harness/conversations.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, startMuster } from '../harness/muster.ts';

const MessageSchema = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  payload: z.looseObject({}),
});
type Message = z.infer<typeof MessageSchema>;

/** A client of nobody's library: JSON on a socket, and everything that came, in order. */
class PlainClient {
  readonly #socket: WebSocket;
  readonly got: Message[] = [];
  #asked = 0;

  constructor({ url, token }: Muster, agentId: string) {
    const headers = { authorization: `Bearer ${token}` };
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/ws/agents/${agentId}`, ['muster.v1'], {
      headers,
    });
    this.#socket.on('message', (data, isBinary) => {
      if (!isBinary) this.got.push(MessageSchema.parse(JSON.parse(String(data))));
    });
  }

  async opened(): Promise<this> {
    await once(this.#socket, 'open');
    return this;
  }

  close(): void {
    this.#socket.terminate();
  }

  tell(type: string, payload: object): string {
    this.#asked += 1;
    const id = `q${this.#asked}`;
    this.#socket.send(JSON.stringify({ type, id, payload }));
    return id;
  }

  /** The result of its ack. */
  async ask(type: string, payload: object): Promise<Record<string, unknown>> {
    const messageId = this.tell(type, payload);
    const ack = await this.first('ack', { messageId });
    expect(ack).toMatchObject({ success: true });
    return z.looseObject({ result: z.looseObject({}).default({}) }).parse(ack).result;
  }

  all(type: string): Message['payload'][] {
    return this.got.filter((message) => message.type === type).map(({ payload }) => payload);
  }

  /** The first message of this type that has these fields, once it has come. */
  first(type: string, fields: Record<string, unknown>): Promise<Message['payload']> {
    return eventually(async () => {
      const found = this.all(type).find((payload) =>
        Object.entries(fields).every(([name, value]) => payload[name] === value),
      );
      if (found === undefined) throw new Error(`no ${type} ${JSON.stringify(fields)} came`);
      return found;
    });
  }
}

let muster: Muster;
beforeAll(async () => {
  muster = await startMuster();
  await new ConversationApi(muster).createAgent('coder');
});
afterAll(() => muster[Symbol.asyncDispose]());

describe('[C14a] 001’s flow with messages of ours, for a client that only reads JSON', () => {
  it('a session is made, joined, written to, answered in parts and whole, and has a history', async () => {
    const ada = await new PlainClient(muster, 'coder').opened();
    const bob = await new PlainClient(muster, 'coder').opened();
    const { conversationId } = await ada.ask('conversation:create', { agentId: 'coder', title: 'One' });
    await ada.ask('conversation:join', { conversationId });
    await bob.ask('conversation:join', { conversationId });
    expect(await bob.first('conversation:state', { conversationId })).toMatchObject({
      state: { title: 'One', status: 'idle' },
    });

    await bob.ask('typing', { conversationId, typing: true });
    expect(await ada.first('typing', { conversationId })).toMatchObject({ typing: true });

    const sent = await ada.ask('chat:message', { conversationId, content: 'slow' });
    expect(sent).toMatchObject({ messageId: expect.any(String), position: expect.any(Number) });
    const parts = () => bob.all('agent:response').filter(({ status }) => status === 'partial');
    await eventually(async () => expect(parts().length).toBeGreaterThan(3));
    await ada.ask('conversation:cancel', { conversationId });
    const whole = await bob.first('agent:response', { status: 'complete' });
    const grown = parts()
      .filter(({ messageId }) => messageId === whole['messageId'])
      .map(({ content }) => String(content))
      .join('');
    expect(grown).toBe(String(whole['content']).slice(0, grown.length));

    await ada.ask('chat:message', { conversationId, content: 'tool' });
    await bob.first('agent:progress', { title: 'ls', status: 'completed' });
    await bob.first('agent:response', { status: 'complete', content: 'Done' });

    const late = await new PlainClient(muster, 'coder').opened();
    await late.ask('conversation:join', { conversationId });
    const kinds = late
      .all('conversation:item')
      .map(({ item }) => z.object({ kind: z.string() }).parse(item).kind);
    expect(kinds).toEqual(['user', 'agent', 'user', 'tool', 'agent']);
    for (const client of [ada, bob, late]) client.close();
  });
});
