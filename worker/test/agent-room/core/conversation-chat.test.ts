import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { ConversationRig, conversationOf } from './conversations-rig.ts';
import { keeperMessages, sent } from './rig.ts';

const info = (steering: boolean) => ({
  ...{ name: 'a', version: '1', images: false, steering, resumes: true },
  authMethods: [],
});
const texts = (c: ConversationRig, conversationId: string) =>
  c.record(conversationId).queue.map(({ content }) => (content[0]?.type === 'text' ? content[0].text : ''));

/** A conversation whose turn runs, whose agent can be steered, and where two messages wait. */
function waiting() {
  const c = new ConversationRig();
  const running = c.running();
  const id = conversationOf(running.conversationId);
  c.frame({
    type: 'conversation:changed',
    conversationId: id,
    facts: { adapter: 'ready', info: info(true) },
  });
  c.chat(id, 'One', { messageId: 'one' });
  c.chat(id, 'Two', { messageId: 'two' });
  return { c, ...running, id };
}

describe('[C12] what waits', () => {
  it('is edited, moved and withdrawn until it is sent', () => {
    const { c, id, turnId } = waiting();
    c.send('chat:edit', { conversationId: id, messageId: 'one', content: 'Uno' });
    expect(texts(c, id)).toEqual(['Uno', 'Two']);
    const moved = c.send('chat:move', { conversationId: id, messageId: 'two', position: 1 });
    expect(sent(moved, 'v', 'ack')[0]?.result).toEqual({ messageId: 'two', position: 1 });
    expect(texts(c, id)).toEqual(['Two', 'Uno']);
    c.send('chat:withdraw', { conversationId: id, messageId: 'one' });
    expect(texts(c, id)).toEqual(['Two']);
    c.ended(id, turnId);
    const late = c.send('chat:edit', { conversationId: id, messageId: 'two', content: 'Dos' });
    expect(c.answer(late)).toBe('INVALID_STATE messageId');
  });

  it('interrupts: the turn is cancelled and it is next', () => {
    const { c, id, turnId } = waiting();
    const effects = c.chat(id, 'Now', { when: 'interrupt' });
    expect(keeperMessages(effects, 'conversation:cancel')).toEqual([{ conversationId: id, turnId }]);
    expect(texts(c, id)).toEqual(['Now', 'One', 'Two']);
    const [next] = c.prompts(c.ended(id, turnId, 'cancelled'));
    expect(next?.content).toEqual([{ type: 'text', text: 'Now' }]);
  });

  it('steers the turn under way, or waits where that came too late', () => {
    const { c, id, turnId } = waiting();
    const effects = c.chat(id, 'Left', { messageId: 'left', when: 'steer' });
    expect(keeperMessages(effects, 'conversation:steer')).toMatchObject([{ turnId, messageId: 'left' }]);
    c.away();
    expect(keeperMessages(c.hello(), 'conversation:steer')).toMatchObject([{ turnId, messageId: 'left' }]);
    c.frame({ type: 'message:steered', conversationId: id, messageId: 'left', outcome: 'injected' });
    expect(texts(c, id)).toEqual(['One', 'Two']);
    c.chat(id, 'Right', { messageId: 'right', when: 'steer' });
    c.frame({ type: 'message:steered', conversationId: id, messageId: 'right', outcome: 'queued' });
    const [next] = c.prompts(c.ended(id, turnId));
    expect(next).toMatchObject({ messageId: 'right' });
  });

  it('[C5] is held when its agent wants somebody to sign in, and goes on when somebody did', () => {
    const c = new ConversationRig();
    const id = conversationOf(c.create());
    const [prompt] = c.prompts(c.chat(id, 'One'));
    const error = { code: 'AGENT_SPAWN_FAILED', message: 'Sign in first', recoverable: true } as const;
    const needs = { adapter: 'sign-in', error } as const;
    c.frame({ type: 'conversation:changed', conversationId: id, facts: needs as never });
    expect(c.prompts(c.ended(id, String(prompt?.turnId), 'failed'))).toEqual([]);
    expect(c.status(id)).toBe('failed');
    expect(texts(c, id)).toEqual(['One']);
    const signsIn = c.send('conversation:sign-in', { conversationId: id, methodId: 'key' });
    expect(keeperMessages(signsIn, 'conversation:sign-in')).toMatchObject([{ methodId: 'key' }]);
    const ready = c.frame({
      type: 'conversation:changed',
      conversationId: id,
      facts: { adapter: 'ready', error: null },
    });
    expect(c.prompts(ready)).toMatchObject([{ messageId: prompt?.messageId }]);
  });

  it(`is at most ${LIMITS.queuedMessages}, and no longer together than a row may be`, () => {
    const { c, id } = waiting();
    expect(c.answer(c.chat(id, 'x'.repeat(LIMITS.promptChars)))).toBe('QUEUE_FULL');
    for (let n = 2; n < LIMITS.queuedMessages; n += 1) c.chat(id, 'x');
    expect(c.answer(c.chat(id, 'x'))).toBe('QUEUE_FULL');
  });
});

describe('[C2] the end of a conversation', () => {
  it('withdraws what is open, tells the keeper until it heard, and takes no more', () => {
    const { c, id, turnId } = waiting();
    c.asks(id, 'p1', { turnId });
    c.away();
    const closed = c.send('conversation:close', { conversationId: id });
    expect(sent(closed, 'v', 'permission:resolved')).toMatchObject([{ resolution: { state: 'withdrawn' } }]);
    expect(keeperMessages(c.hello(), 'conversation:close')).toEqual([{ conversationId: id }]);
    expect(c.answer(c.chat(id, 'x'))).toBe('INVALID_STATE conversationId');
    expect(c.status(id)).toBe('ended');
    expect(c.prompts(c.ended(id, turnId))).toEqual([]);
  });

  it('comes by itself after a day in which nothing happened, but not while something is open', () => {
    const c = new ConversationRig();
    const [idle, asks] = [c.create(), c.create()];
    c.asks(asks, 'p1');
    c.rig.now += 86_400_000;
    c.rig.do({ type: 'alarm' });
    expect([c.status(idle), c.status(asks)]).toEqual(['ended', 'waiting']);
  });

  it(`[C15] a new one takes the place of the oldest that ended, of ${LIMITS.conversationsPerAgent}`, () => {
    const c = new ConversationRig();
    const all = Array.from({ length: LIMITS.conversationsPerAgent }, () => c.create());
    expect(c.answer(c.send('conversation:create', { agentId: 'a' }))).toBe('RESOURCE_EXHAUSTED');
    c.send('conversation:close', { conversationId: all[3] });
    expect(c.answer(c.send('conversation:create', { agentId: 'a' }))).toBe('ok');
    expect(c.rig.room.conversations.has(String(all[3]))).toBe(false);
  });
});
