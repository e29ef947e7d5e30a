import { beforeEach, describe, expect, it } from 'vitest';
import { conversationsOf } from '../../src/lib/conversations/agent-conversations-controller.svelte.ts';
import type { AgentConversations } from '../../src/lib/conversations/types.ts';
import { agentId, conversationId, FakeRoom, refusal } from './fake-room.ts';

describe('the conversations of an agent on a page', () => {
  let room: FakeRoom;
  let conversations: AgentConversations;

  beforeEach(() => {
    room = new FakeRoom();
    conversations = conversationsOf(room.client, agentId);
  });

  it('lists them as the room tells them, and says when the agent is gone', () => {
    expect(conversations.list).toBeNull();
    room.tellList('newest', 'older');
    expect(conversations.list?.map(({ title }) => title)).toEqual(['newest', 'older']);
    room.tellGone();
    expect(conversations.gone?.code).toBe('AGENT_NOT_FOUND');
  });

  it('creates one, or says why not', async () => {
    expect(await conversations.create({ title: 'Fix it' })).toEqual({ ok: true, value: conversationId });
    room.refuses = refusal('AGENT_LIMIT_EXCEEDED', 'refused');
    const refused = await conversations.create();
    expect(refused).toMatchObject({ ok: false, error: { code: 'AGENT_LIMIT_EXCEEDED' } });
  });

  it('opens each once, leaves it when it is closed, and all with the page', () => {
    const opened = conversations.open(conversationId);
    expect(conversations.open(conversationId)).toBe(opened);
    opened.close();
    expect(room.of('conversation:leave')).toEqual([{ conversationId }]);
    expect(conversations.open(conversationId)).not.toBe(opened);
    conversations.close();
    expect(room.of('conversation:leave')).toHaveLength(2);
  });
});
