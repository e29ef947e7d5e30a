import {
  encodeBatch,
  encodeUpdate,
  type ServerMessage,
  STREAM,
  type ViewerMessage,
  wireError,
} from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentConversations, type OpenConversation, readInbox } from '../../src/conversations/index.ts';
import type { MusterClient } from '../../src/types.ts';
import type { Answer, FakeServer } from '../fake-server.ts';
import { agentId, epochOf } from '../stream/support.ts';
import { hangUp, LOBBY, next, ROOM, talk } from '../talk.ts';
import { at, conversationId, conversationState, DIGEST, request, text } from './support.ts';

const named = { conversationId, agentId };

const stateOf = (over: object = {}): ServerMessage => {
  const state = conversationState({ asOf: at(10), next: 1, itemRevision: 4, ...over });
  return { type: 'conversation:state', payload: { ...named, revision: state.revision, state } };
};
const itemOf = (said: string, sequence: number, revision: number): ServerMessage => ({
  type: 'conversation:item',
  payload: { ...named, index: 0, revision, asOf: at(sequence), item: text('a', said) },
});
const listOf = (revision: number, titles: readonly string[]): ServerMessage => ({
  type: 'conversation:list',
  payload: { agentId, revision, conversations: titles.map((title) => conversationState({ title })) },
});
const says = (first: number, offset: number, said: string): Uint8Array =>
  encodeBatch({
    kind: 'output',
    epoch: epochOf(1),
    first,
    command: conversationId,
    commandFirst: first,
    chunks: [
      {
        stream: STREAM.update,
        data: encodeUpdate({ type: 'text', itemId: 'a', offset, text: said }),
        time: 1,
      },
    ],
  });

/** Resolves when it holds, asked whenever something of the conversation changed. */
const when = (conversation: OpenConversation, holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (holds()) return resolve();
    const stop = conversation.on('changed', () => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });

const textOf = (conversation: OpenConversation): string | null => {
  const item = conversation.item('a');
  return item !== null && 'text' in item ? item.text : null;
};

describe('the conversations of an agent', () => {
  let server: FakeServer;
  let client: MusterClient;
  let conversations: AgentConversations;

  beforeEach(async () => {
    ({ server, client } = await talk());
    server.answers = room;
    conversations = new AgentConversations({ client, agentId });
  });
  afterEach(async () => {
    conversations.close();
    await hangUp({ server, client });
  });

  let said = 'one ';
  const room = (message: ViewerMessage): Answer | null => {
    if (message.type === 'conversation:join')
      return { messages: [stateOf(), itemOf(said, 10, 4)], result: { oldest: 0, next: 1 } };
    if (message.type === 'conversation:create') return { result: { conversationId } };
    return null;
  };

  it('[C14] joins on its own socket, shows the rows, and follows the stream behind them', async () => {
    said = 'one ';
    const conversation = conversations.open(conversationId);
    await when(conversation, () => conversation.isLoaded);
    expect(textOf(conversation)).toBe('one ');
    await server.until(() => server.of('subscribe:agent').length > 0);
    const [subscribed] = server.of('subscribe:agent');
    expect(subscribed?.message.payload).toMatchObject({ after: { sequence: 10 }, history: 'full' });
    server.sendRaw(says(11, 4, 'two '));
    await when(conversation, () => textOf(conversation) === 'one two ');
    expect(server.received.every(({ path }) => path.includes('features=acp'))).toBe(true);
  });

  it('[C14] after each cut it joins anew with what it has, and goes on where it was', async () => {
    said = 'one ';
    const conversation = conversations.open(conversationId);
    await when(conversation, () => conversation.isLoaded);
    await server.until(() => server.of('subscribe:agent').length === 1);
    server.sendRaw(says(11, 4, 'two '));
    await when(conversation, () => textOf(conversation) === 'one two ');
    server.cut(ROOM);
    await server.until(() => server.of('subscribe:agent').length === 2);
    const [first, second] = server.of('conversation:join').map(({ message }) => message.payload);
    expect([first, second]).toEqual([{ conversationId }, { conversationId, after: 4 }]);
    expect(server.of('subscribe:agent')[1]?.message.payload).toMatchObject({ after: { sequence: 11 } });
    server.sendRaw(says(12, 8, 'three'));
    await when(conversation, () => textOf(conversation) === 'one two three');
  });

  it('[C12] a message has an id from here: sent again after a cut it is one message, and shown until it is there', async () => {
    const conversation = conversations.open(conversationId);
    await when(conversation, () => conversation.isLoaded);
    server.silent = true;
    const sent = conversation.send('m1', 'hello');
    expect(conversation.outgoing).toMatchObject([{ messageId: 'm1', state: 'sending' }]);
    await server.until(() => server.of('chat:message').length === 1);
    server.cut(ROOM);
    server.silent = false;
    await sent;
    const ids = server.of('chat:message').map(({ message, id }) => [message.payload, id]);
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[0]?.[0]).toMatchObject({ messageId: 'm1', content: [{ type: 'text', text: 'hello' }] });
    expect(conversation.outgoing).toMatchObject([{ state: 'taken' }]);
    server.broadcast(ROOM, stateOf({ revision: 2 }));
    await when(conversation, () => conversation.outgoing.length === 0);
  });

  it('[C12] a message that was refused stays, says why, and goes again under its id', async () => {
    const conversation = conversations.open(conversationId);
    await when(conversation, () => conversation.isLoaded);
    let full = true;
    server.answers = (message) =>
      message.type === 'chat:message' && full ? { error: wireError('QUEUE_FULL', 'full') } : room(message);
    await expect(conversation.send('m1', 'hello', 'steer')).rejects.toMatchObject({ name: 'QUEUE_FULL' });
    expect(conversation.outgoing).toMatchObject([{ state: 'failed', error: { code: 'QUEUE_FULL' } }]);
    full = false;
    await conversation.resend('m1');
    const payloads = server.of('chat:message').map(({ message }) => message.payload);
    expect(payloads[1]).toEqual(payloads[0]);
    expect(payloads[0]).toMatchObject({ when: 'steer' });
  });

  it('[C3] requests come as they are asked and as they are answered', async () => {
    const conversation = conversations.open(conversationId);
    await when(conversation, () => conversation.isLoaded);
    const { permissionId } = request();
    const asked = { ...named, permissionId, request: request() };
    server.broadcast(ROOM, { type: 'permission:request', payload: asked });
    await when(conversation, () => conversation.cards.length === 1);
    await client.request('permission:respond', { permissionId, optionId: 'yes', digest: DIGEST });
    expect(server.of('permission:respond', ROOM)).toHaveLength(1);
    const resolution = { state: 'decided', at: 7 } as const;
    server.broadcast(ROOM, { type: 'permission:resolved', payload: { ...named, permissionId, resolution } });
    await when(conversation, () => conversation.cards[0]?.resolution.state === 'decided');
  });

  it.each([
    'CONVERSATION_NOT_FOUND',
    // Not told on this socket, but perhaps on the next.
    'INVALID_STATE',
  ] as const)(
    'a conversation that is refused says so, and is not asked for again there: %s',
    async (code) => {
      const error = wireError(code, 'there is none');
      server.answers = (message) => (message.type === 'conversation:join' ? { error } : null);
      const conversation = conversations.open(conversationId);
      const gone = await new Promise((resolve) => conversation.on('gone', resolve));
      expect(gone).toMatchObject({ code });
      expect(server.of('conversation:join')).toHaveLength(1);
      server.answers = room;
      server.cut(ROOM);
      await when(conversation, () => conversation.isLoaded);
    },
  );

  it('[G6] what cannot be read is passed over', async () => {
    const conversation = conversations.open(conversationId);
    await when(conversation, () => conversation.isLoaded);
    const broken = { type: 'hologram', itemId: 'x' };
    server.broadcast(
      ROOM,
      // A server of another version: its insides pass unread on the way.
      JSON.parse(
        JSON.stringify({
          type: 'conversation:item',
          payload: { ...named, index: 9, revision: 9, asOf: at(11), item: broken },
        }),
      ),
    );
    server.broadcast(ROOM, itemOf('one and more', 12, 5));
    await when(conversation, () => textOf(conversation) === 'one and more');
    expect(conversation.order).toEqual(['a']);
  });

  it('[R1] the list is the newest that came, also for one that opens a socket that is there', async () => {
    server.greetings.push({ path: ROOM, message: listOf(3, ['three', 'more']) });
    const second = () => new AgentConversations({ client, agentId });
    const listed = (of: AgentConversations) => new Promise((resolve) => of.on('list', resolve));
    const warm = second();
    expect(await listed(warm)).toMatchObject([{ title: 'three' }, { title: 'more' }]);
    server.broadcast(ROOM, listOf(2, ['two']));
    server.broadcast(ROOM, listOf(4, ['four']));
    expect(await listed(warm)).toMatchObject([{ title: 'four' }]);
    warm.close();
    const again = second();
    expect(await listed(again)).toMatchObject([{ title: 'four' }]);
    again.close();
  });

  it('creates one, and leaves one that is closed', async () => {
    expect(await conversations.create({ title: 'Fix it' })).toBe(conversationId);
    expect(server.of('conversation:create', ROOM)[0]?.message.payload).toEqual({ agentId, title: 'Fix it' });
    const conversation = conversations.open(conversationId);
    await when(conversation, () => conversation.isLoaded);
    conversation.close();
    await server.until(() => server.of('conversation:leave').length === 1);
  });

  it('[C7] the inbox is kept unread by the lobby’s word, and read oldest first', async () => {
    const head = (permissionId: string, requestedAt: number) => ({
      ...{ permissionId, conversationId, agentId, kind: 'permission', title: 'Run', argument: 'ls' },
      ...{ argumentChars: 2, oneLine: true, options: [], digest: DIGEST, requestedAt },
    });
    await next(client, 'connection', ({ name }) => name === 'connected');
    const told = next(client, 'inbox');
    const requests = [head('bash.b', 9), head('bash.a', 5), { odd: true }];
    const list = { type: 'inbox:list', payload: { requests } };
    server.broadcast(LOBBY, JSON.parse(JSON.stringify(list)));
    await told;
    expect(readInbox(client.inbox).map(({ permissionId }) => permissionId)).toEqual(['bash.a', 'bash.b']);
    const changed = next(client, 'inbox');
    const { permissionId } = request('bash.a');
    server.broadcast(LOBBY, { type: 'inbox:changed', payload: { permissionId, request: null } });
    await changed;
    expect(readInbox(client.inbox).map((one) => one.permissionId)).toEqual(['bash.b']);
  });
});
