import { describe, expect, it } from 'vitest';
import { ConversationRig, says } from './conversations-rig.ts';
import { sent } from './rig.ts';

const text = (itemId: string, offset: number, more: string) =>
  ({ type: 'text', itemId, offset, text: more }) as const;

/** A plain client `p` that reads a conversation whose turn runs, and follows no stream. */
function read() {
  const c = new ConversationRig();
  c.rig.join('p');
  const { conversationId, turnId } = c.running();
  const joined = c.send('conversation:join', { conversationId }, undefined, 'p');
  return { c, conversationId, turnId, joined };
}

describe('[C14a] a reader that follows no stream', () => {
  it('joins without naming a feature, and is told state and items as others are', () => {
    const { c, conversationId, joined } = read();
    expect(c.answer(joined, 'p')).toBe('ok');
    expect(sent(joined, 'p', 'conversation:state')).toMatchObject([{ conversationId }]);
    expect(sent(c.items(conversationId, says('i1', 'Hel')), 'p', 'conversation:item')).toHaveLength(1);
  });

  it('gets the agent’s text as it grows, in stretches, and all of it at its end', () => {
    const { c, conversationId } = read();
    const grows = c.updates(
      conversationId,
      { type: 'item', item: says('i1', 'He') },
      text('i1', 2, 'll'),
      text('i1', 4, 'o'),
    );
    const of = { conversationId, agentId: 'a', messageId: 'i1' };
    expect(sent(grows, 'p', 'agent:response')).toEqual([
      { ...of, status: 'partial', offset: 0, content: 'Hello' },
    ]);
    const ended = c.items(conversationId, says('i1', 'Hello', { endedAt: 2 }));
    expect(sent(ended, 'p', 'agent:response')).toEqual([
      { ...of, status: 'complete', offset: 0, content: 'Hello' },
    ]);
  });

  it('hears of no text but the agent’s, and of a stored one after the room slept', () => {
    const { c, conversationId } = read();
    c.items(conversationId, says('i1', 'He'), says('t1', 'Hm', { kind: 'thought' }));
    c.rig.sleep();
    const grows = c.updates(conversationId, text('i1', 2, 'y'), text('t1', 2, 'm'), text('none', 0, 'x'));
    expect(sent(grows, 'p', 'agent:response')).toMatchObject([{ messageId: 'i1', offset: 2, content: 'y' }]);
  });

  it('is told how far tools and plans are', () => {
    const { c, conversationId } = read();
    const tool = { itemId: 'x1', at: 1, kind: 'tool' as const, content: [], locations: [] };
    const entry = (content: string, status: string) => ({ content, status, priority: 'high' });
    const told = c.items(
      conversationId,
      { ...tool, title: 'Run ls', toolKind: 'execute', status: 'in_progress' },
      { itemId: 'p1', at: 1, kind: 'plan', entries: [entry('Read', 'completed'), entry('Write', 'pending')] },
    );
    expect(sent(told, 'p', 'agent:progress')).toMatchObject([
      { messageId: 'x1', title: 'Run ls', status: 'in_progress', toolKind: 'execute' },
      { messageId: 'p1', title: 'Write', status: 'in_progress', done: 1, total: 2 },
    ]);
  });

  it('is told no more of it once it follows the stream, or has left', () => {
    const { c, conversationId } = read();
    c.rig.send('p', 'subscribe:agent', { agentId: 'a' }, 's1');
    const grows = c.updates(conversationId, { type: 'item', item: says('i1', 'He') });
    expect(sent(grows, 'p', 'agent:response')).toEqual([]);
    c.send('conversation:leave', { conversationId }, undefined, 'p');
    expect(sent(c.items(conversationId, says('i2', 'x', { endedAt: 3 })), 'p', 'agent:response')).toEqual([]);
  });

  it('[C3] is told of requests while it reads', () => {
    const { c, conversationId, turnId } = read();
    expect(sent(c.asks(conversationId, 'p1', { turnId }), 'p', 'permission:request')).toHaveLength(1);
  });
});
