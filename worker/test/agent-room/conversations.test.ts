import { evictDurableObject } from 'cloudflare:test';
import { ConversationIdSchema, FileIdSchema, LIMITS, type StreamEvent } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { DIGEST, requestOf, says } from './core/conversations-rig.ts';
import { E1, event, opened, placementOf, TEAM } from './core/rig.ts';
import { dialKeeper, dialViewer, memberClaims, newRoom, sameRoom } from './dial.ts';

/** A room of an agent that talks, its keeper, and a page that knows conversations. */
async function talking() {
  const room = newRoom();
  await room.place(TEAM, placementOf(1, 'acp'));
  const keeper = await dialKeeper(room);
  keeper.hello();
  await keeper.next('room:welcome');
  keeper.send(opened(E1));
  await keeper.next('stream:ack');
  const viewer = await dialViewer(room, undefined, '?features=acp');
  await viewer.next('conversation:list');
  let sequence = 1;
  const tell = async (what: StreamEvent) => {
    sequence += 1;
    keeper.send(event(E1, sequence, what));
    await keeper.next('stream:ack');
  };
  return { room, keeper, viewer, tell };
}

describe('[C2] [S7] a conversation in its room', () => {
  it('goes through a whole turn, and loses nothing when the room is evicted at every step', async () => {
    const { room, keeper, viewer, tell } = await talking();
    const { agentId } = placementOf().spec;
    const evict = () => evictDurableObject(sameRoom(room));
    viewer.sendMessage({ type: 'conversation:create', payload: { agentId } }, 'c');
    const { result } = await viewer.next('ack');
    const conversationId = ConversationIdSchema.parse(result?.['conversationId']);
    expect(await keeper.next('conversation:open')).toEqual({ conversationId });
    await evict();
    viewer.sendMessage({ type: 'conversation:join', payload: { conversationId } }, 'j');
    await viewer.next('conversation:state');
    expect((await viewer.next('ack')).result).toEqual({ oldest: 0, next: 0 });
    await evict();
    viewer.sendMessage({ type: 'chat:message', payload: { conversationId, content: 'Hello' } }, 'm');
    const prompt = await keeper.next('conversation:prompt');
    expect(prompt).toMatchObject({ conversationId, content: [{ type: 'text', text: 'Hello' }] });
    await evict();
    const { turnId, messageId } = prompt;
    await tell({ type: 'turn:started', conversationId, turnId, messageId, at: 1 });
    await evict();
    await tell({ type: 'conversation:items', conversationId, writes: [{ item: says('i1', 'Hel') }] });
    expect(await viewer.next('conversation:item')).toMatchObject({ index: 0, item: { text: 'Hel' } });
    await evict();
    const more = { itemId: 'i1', offset: 3, text: 'lo' };
    await tell({ type: 'conversation:items', conversationId, writes: [more] });
    expect(await viewer.next('conversation:item')).toMatchObject({ index: 0, item: { text: 'Hello' } });
    await evict();
    await tell({ type: 'request:opened', request: requestOf(conversationId, 'p1', { turnId }) });
    const { permissionId } = await viewer.next('permission:request');
    await evict();
    const answer = { permissionId, optionId: 'once', digest: DIGEST };
    viewer.sendMessage({ type: 'permission:respond', payload: answer }, 'p');
    expect(await keeper.next('request:decide')).toEqual({
      permissionId,
      decision: { type: 'option', optionId: 'once' },
    });
    await evict();
    await tell({ type: 'turn:ended', conversationId, turnId, outcome: 'done', at: 2 });
    const again = sameRoom(room);
    expect(await again.conversation(conversationId)).toMatchObject({
      status: 'idle',
      next: 1,
      queue: [],
      turn: { turnId, outcome: 'done' },
    });
    expect(await again.items({ conversationId, limit: 10 })).toMatchObject([
      { index: 0, item: { text: 'Hello' } },
    ]);
    expect(await again.permission(permissionId)).toMatchObject({ resolution: { state: 'decided' } });
  });

  it('[C15] keeps an uploaded file through evictions between upload, message and its keeper’s reading', async () => {
    const { room, keeper, viewer } = await talking();
    const evict = () => evictDurableObject(sameRoom(room));
    viewer.sendMessage(
      { type: 'conversation:create', payload: { agentId: placementOf().spec.agentId } },
      'c',
    );
    const conversationId = String((await viewer.next('ack')).result?.['conversationId']);
    await evict();
    const data = new Uint8Array(LIMITS.filePartBytes + 7).map((_, at) => at % 251);
    const file = { conversationId, name: 'a.bin', mimeType: 'text/plain', sha256: DIGEST, data };
    const { result } = await sameRoom(room).upload(memberClaims(), file, 'u');
    const fileId = FileIdSchema.parse(result?.['fileId']);
    await evict();
    viewer.sendMessage(
      {
        type: 'chat:message',
        payload: {
          conversationId: ConversationIdSchema.parse(conversationId),
          content: [{ type: 'file', fileId }],
        },
      },
      'm',
    );
    expect((await keeper.next('conversation:prompt')).content).toMatchObject([{ fileId, name: 'a.bin' }]);
    const got: Buffer[] = [];
    for (const offset of [0, LIMITS.filePartBytes]) {
      await evict();
      keeper.sendMessage({ type: 'file:read', payload: { fileId, offset } });
      got.push(Buffer.from((await keeper.next('file:part')).data, 'base64'));
    }
    expect(Buffer.concat(got).equals(Buffer.from(data))).toBe(true);
  });

  it('[C4] is nothing to a client that knows none: to it the agent is a process', async () => {
    const { room } = await talking();
    const old = await dialViewer(room);
    expect(await old.next('agent:state')).toMatchObject({ kind: 'process', agent: { kind: 'process' } });
    expect(old.texts.some((text) => text.includes('conversation:'))).toBe(false);
  });
});
