import { AgentConversations } from '@muster/client/conversations';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConversationController } from '../../src/lib/conversations/conversation-controller.svelte.ts';
import {
  agentId,
  conversationId,
  DIGEST,
  FakeRoom,
  FakeStorage,
  Frames,
  refusal,
  stateOf,
  textItem,
} from './fake-room.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const queued = (messageId: string) => ({
  messageId,
  memberId: '00000000-0000-4000-8000-000000000001',
  name: 'Ada',
  content: [{ type: 'text', text: messageId }],
  at: 0,
  sending: false,
});

describe('a conversation on a page', () => {
  let room: FakeRoom;
  let frames: Frames;
  let storage: FakeStorage;
  let controller: ConversationController;

  async function open(): Promise<ConversationController> {
    const conversations = new AgentConversations({ client: room.client, agentId });
    const opened = new ConversationController({
      ...{ client: room.client, agentId, draw: frames.draw, storage },
      conversation: conversations.open(conversationId),
      connection: () => conversations.connection,
      closed: () => undefined,
    });
    await settled();
    frames.pass();
    return opened;
  }

  beforeEach(async () => {
    room = new FakeRoom();
    frames = new Frames();
    storage = new FakeStorage();
    room.rows = [textItem('a', 'A')];
    room.state = stateOf({ next: 0 });
    controller = await open();
  });
  afterEach(() => vi.unstubAllGlobals());

  const texts = () => controller.items.map(({ item }) => ('text' in item ? item.text : item.kind));

  it('shows what the room has, and what is said live behind it', () => {
    room.sendUpdate('b', null, '');
    room.sendUpdate('b', 0, 'live');
    expect(texts()).toEqual(['A']);
    frames.pass();
    expect(texts()).toEqual(['A', 'live']);
    expect([controller.loaded, controller.state?.status]).toEqual([true, 'idle']);
  });

  it('[C14] 2,000 pieces of a text are one draw, of one row: the list and the others stay what they are', () => {
    room.sendUpdate('b', null, '');
    frames.pass();
    const { items } = controller;
    const [first] = items;
    const before = first?.item;
    const drawn = frames.count;
    for (let n = 0; n < 2_000; n += 1) room.sendUpdate('b', n, 'x');
    frames.pass();
    expect(frames.count - drawn).toBe(1);
    expect(controller.items).toBe(items);
    expect(first?.item).toBe(before);
    expect(texts()[1]?.length).toBe(2_000);
  });

  it('[C12] a message is outgoing at once, and the queue’s when the room shows it', async () => {
    const sent = controller.send('hello');
    frames.pass();
    expect(controller.outgoing).toMatchObject([{ state: 'sending', content: [{ text: 'hello' }] }]);
    expect(await sent).toBe(true);
    const [{ messageId = '' } = {}] = controller.outgoing;
    room.sendState({ queue: [queued(messageId)] });
    frames.pass();
    expect([controller.outgoing, controller.queue.map((one) => one.messageId)]).toEqual([[], [messageId]]);
  });

  it('[C12] one that was refused says why, goes again under its id, or is given up', async () => {
    room.refuses = refusal('QUEUE_FULL', 'refused');
    expect(await controller.send('hello', 'interrupt')).toBe(false);
    frames.pass();
    const [failed] = controller.outgoing;
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'QUEUE_FULL' } });
    expect(await controller.retry(failed?.messageId ?? '')).toBe(true);
    const [first, second] = room.of('chat:message');
    expect(second).toEqual(first);
    controller.discard(failed?.messageId ?? '');
    frames.pass();
    expect(controller.outgoing).toEqual([]);
  });

  it('[C12] a move is shown at once, and taken back where it is refused', async () => {
    room.sendState({ queue: ['m1', 'm2', 'm3'].map(queued) });
    frames.pass();
    const ids = () => controller.queue.map(({ messageId }) => messageId);
    room.refuses = refusal('INVALID_STATE', 'refused');
    const moving = controller.move('m3', 1);
    expect(ids()).toEqual(['m3', 'm1', 'm2']);
    expect(await moving).toBe(false);
    expect(ids()).toEqual(['m1', 'm2', 'm3']);
    expect(controller.failure).toMatchObject({ act: 'chat:move', id: 'm3' });
    controller.dismiss();
    expect(controller.failure).toBeNull();
  });

  it('[C8] an answer names what was seen; meanwhile it is busy', async () => {
    const request = {
      ...{ kind: 'permission', permissionId: 'claude.ask', conversationId, requestedAt: 0, digest: DIGEST },
      ...{ itemId: 'a', directory: '/srv', options: [{ optionId: 'no', name: 'No', kind: 'reject_once' }] },
      tool: { title: 'Run', toolKind: 'execute', content: [], locations: [] },
    };
    room.sendState({ pending: [{ agentId, request, resolution: { state: 'pending', at: 0 } }] });
    frames.pass();
    const [card] = controller.requests;
    if (card === undefined) throw new Error('it is pending');
    expect(controller.requestsOf('a')).toEqual([card]);
    const answering = controller.respond(card.request, 'no', 'not there');
    expect(controller.isBusy('claude.ask')).toBe(true);
    expect(await answering).toBe(true);
    expect(controller.isBusy('claude.ask')).toBe(false);
    const answer = { permissionId: 'claude.ask', digest: DIGEST, optionId: 'no', message: 'not there' };
    expect(room.of('permission:respond')).toEqual([answer]);
  });

  it('a draft is there at the next visit, and none once it is empty', async () => {
    controller.draft = 'half a thought';
    expect((await open()).draft).toBe('half a thought');
    controller.draft = '';
    expect(storage.kept.has(`muster.draft.${conversationId}`)).toBe(false);
  });

  it('[C14] [C15] older items come by page, each right before the oldest that is here, until there are none', async () => {
    room.state = stateOf({ next: 3 });
    room.rows = [textItem('d', 'D')];
    controller = await open();
    room.sendState({ next: 4, oldest: 3 });
    frames.pass();
    const asked: string[] = [];
    const kept: Record<string, readonly (readonly [number, string])[]> = {
      '3': [
        [1, 'b'],
        [2, 'c'],
      ],
      '1': [],
    };
    vi.stubGlobal('fetch', async (path: string) => {
      asked.push(path);
      const rows = kept[new URL(path, 'http://x').searchParams.get('before') ?? ''] ?? [];
      const messages = rows.map(([index, id]) => ({ index, revision: 0, item: textItem(id, id) }));
      return Response.json({ messages: [...messages, { index: 2, odd: true }], next: null });
    });
    expect(await controller.older()).toBe(true);
    frames.pass();
    const path = `/api/conversations/${conversationId}/messages?raw=true&limit=100`;
    expect([texts(), controller.hasOlder]).toEqual([['b', 'c', 'D'], true]);
    expect(await controller.reach(2)).toBe('c');
    expect(await controller.reach(0)).toBeNull();
    frames.pass();
    expect(asked).toEqual([`${path}&before=3`, `${path}&before=1`]);
    expect(controller.hasOlder).toBe(false);
    expect(await controller.older()).toBe(false);
  });

  it('each act is a request about this conversation', async () => {
    await controller.cancel();
    await controller.configure('model', 'opus');
    await controller.rename('New');
    await controller.edit('m1', 'other');
    await controller.withdraw('m1');
    await controller.end();
    expect(room.of('conversation:configure')).toEqual([{ conversationId, configId: 'model', value: 'opus' }]);
    expect(room.of('chat:edit')).toEqual([{ conversationId, messageId: 'm1', content: 'other' }]);
    expect(room.of('conversation:cancel')).toEqual([{ conversationId }]);
    expect(room.of('conversation:close')).toEqual([{ conversationId }]);
  });

  it('says that somebody types now and then, and once that they stopped', () => {
    controller.typed();
    controller.typed();
    controller.stopTyping();
    controller.stopTyping();
    expect(room.of('typing').map((payload) => 'typing' in payload && payload.typing)).toEqual([true, false]);
  });
});
