import { describe, expect, it } from 'vitest';
import { ConversationRig, DIGEST, says } from './conversations-rig.ts';
import { E2, keeperMessages, sent } from './rig.ts';

describe('[C2] a conversation', () => {
  it('is made in an agent that talks, told to its keeper and to every page that knows conversations', () => {
    const c = new ConversationRig();
    const made = c.send('conversation:create', { agentId: 'a', title: 'One', resume: 's1' });
    const conversationId = sent(made, 'v', 'ack')[0]?.result?.['conversationId'];
    expect(conversationId).toMatch(/^a\./);
    expect(keeperMessages(made, 'conversation:open')).toEqual([{ conversationId, sessionId: 's1' }]);
    expect(sent(made, 'v', 'conversation:list').at(-1)?.conversations).toMatchObject([
      { conversationId, title: 'One', status: 'idle', queued: 0, requests: 0, createdBy: 'ada' },
    ]);
  });

  it('[C16] sends one message at a time, each once, as a turn', () => {
    const c = new ConversationRig();
    const conversationId = c.create();
    const [first, ...none] = c.prompts(c.chat(conversationId, 'One'));
    expect(none).toEqual([]);
    expect(first?.content).toEqual([{ type: 'text', text: 'One' }]);
    expect(c.prompts(c.chat(conversationId, 'Two'))).toEqual([]);
    const turnId = String(first?.turnId);
    expect(c.prompts(c.started(conversationId, turnId, first?.messageId))).toEqual([]);
    expect(c.status(conversationId)).toBe('running');
    const [second] = c.prompts(c.ended(conversationId, turnId));
    expect(second?.content).toEqual([{ type: 'text', text: 'Two' }]);
    expect(second?.turnId).not.toBe(turnId);
    c.started(conversationId, String(second?.turnId), second?.messageId);
    c.ended(conversationId, String(second?.turnId));
    expect(c.status(conversationId)).toBe('idle');
    expect(c.record(conversationId).queue).toEqual([]);
  });

  it('[I1] takes a message once, however often it comes under its id', () => {
    const c = new ConversationRig();
    const conversationId = c.create();
    const [prompt] = c.prompts(c.chat(conversationId, 'One', { messageId: 'x' }));
    expect(c.prompts(c.chat(conversationId, 'One', { messageId: 'x' }))).toEqual([]);
    c.started(conversationId, String(prompt?.turnId), 'x');
    c.ended(conversationId, String(prompt?.turnId));
    const again = c.chat(conversationId, 'One', { messageId: 'x' });
    expect(c.prompts(again)).toEqual([]);
    expect(sent(again, 'v', 'ack')[0]?.result).toEqual({ messageId: 'x', position: 0 });
  });

  it('[C14] joining gives the state, the items and the ack, and then what follows', () => {
    const c = new ConversationRig();
    const { conversationId } = c.running();
    c.items(conversationId, says('i1', 'Hel'));
    const joined = c.send('conversation:join', { conversationId });
    const told = joined.flatMap((effect) => (effect.type === 'send' ? [effect.message.type] : []));
    expect(told).toEqual(['conversation:state', 'conversation:item', 'ack', 'conversation:list']);
    expect(sent(joined, 'v', 'ack')[0]?.result).toEqual({ oldest: 0, next: 1 });
    expect(keeperMessages(joined, 'conversation:flush')).toEqual([{ conversationId }]);
    const more = c.says(conversationId, 'i1', 3, 'lo');
    expect(sent(more, 'v', 'conversation:item')).toMatchObject([
      { index: 0, revision: 2, item: { itemId: 'i1', text: 'Hello' }, asOf: { sequence: c.sequence } },
    ]);
    expect(sent(c.says(conversationId, 'i1', 3, 'lo'), 'v', 'conversation:item')).toEqual([]);
    expect(sent(c.says(conversationId, 'i1', 9, 'gap'), 'v', 'conversation:item')).toEqual([]);
  });

  it('[S7] readers and rows survive hibernation', () => {
    const c = new ConversationRig();
    const { conversationId, turnId } = c.running();
    c.send('conversation:join', { conversationId });
    c.items(conversationId, says('i1', 'Hel'));
    c.rig.sleep();
    const more = c.says(conversationId, 'i1', 3, 'lo');
    expect(sent(more, 'v', 'conversation:item')).toMatchObject([{ index: 0, item: { text: 'Hello' } }]);
    c.ended(conversationId, turnId);
    expect(c.status(conversationId)).toBe('idle');
  });
});

describe('[C3] [C7] a request', () => {
  it('waits for people, is answered once, and the first answer counts', () => {
    const c = new ConversationRig();
    c.rig.joinChats('w', 'operator', 'Bob');
    const { conversationId, turnId } = c.running();
    const asked = c.asks(conversationId, 'p1', { turnId });
    expect(sent(asked, 'w', 'permission:request')).toMatchObject([{ permissionId: 'a.p1' }]);
    expect(c.status(conversationId)).toBe('waiting');
    const answered = c.respond('p1');
    expect(c.answer(answered)).toBe('ok');
    expect(keeperMessages(answered, 'request:decide')).toEqual([
      { permissionId: 'a.p1', decision: { type: 'option', optionId: 'once' } },
    ]);
    const second = c.respond('p1', { optionId: 'no' }, 'w');
    expect(c.answer(second, 'w')).toBe('INVALID_STATE permissionId');
    expect(keeperMessages(second, 'request:decide')).toEqual([]);
    expect(sent(second, 'w', 'permission:resolved')).toMatchObject([
      { resolution: { state: 'decided', decider: { by: 'member', memberId: 'ada' } } },
    ]);
    expect(c.status(conversationId)).toBe('running');
  });

  it('[C8] [C9] wants the digest of what was seen, and one of its own options', () => {
    const c = new ConversationRig();
    c.asks(c.create(), 'p1');
    expect(c.answer(c.respond('p1', { digest: 'b'.repeat(64) }))).toBe('INVALID_MESSAGE digest');
    expect(c.answer(c.respond('p1', { optionId: 'always' }))).toBe('INVALID_MESSAGE optionId');
    expect(c.answer(c.respond('p2'))).toBe('PERMISSION_NOT_FOUND permissionId');
    const elicited = { permissionId: 'a.p1', action: 'accept', digest: DIGEST };
    expect(c.answer(c.send('elicitation:respond', elicited))).toBe('INVALID_MESSAGE permissionId');
    expect(c.answer(c.respond('p1'))).toBe('ok');
  });

  it('[X5] is not answered by a viewer', () => {
    const c = new ConversationRig();
    c.rig.joinChats('w', 'viewer', 'Vic');
    c.asks(c.create(), 'p1');
    expect(c.answer(c.respond('p1', {}, 'w'), 'w')).toBe('INSUFFICIENT_PERMISSIONS');
  });

  it('an answer while the host is away is sent when it is back, until it was delivered', () => {
    const c = new ConversationRig();
    c.asks(c.create(), 'p1');
    c.away();
    expect(c.answer(c.respond('p1'))).toBe('ok');
    const decision = [{ permissionId: 'a.p1', decision: { type: 'option', optionId: 'once' } }];
    expect(keeperMessages(c.hello(['a.p1']), 'request:decide')).toEqual(decision);
    c.rig.sleep();
    expect(keeperMessages(c.hello(['a.p1']), 'request:decide')).toEqual(decision);
    c.delivered('p1');
    expect(keeperMessages(c.hello(['a.p1']), 'request:decide')).toEqual([]);
  });

  it('what the keeper does not have open any more is withdrawn', () => {
    const c = new ConversationRig();
    const conversationId = c.create();
    c.asks(conversationId, 'p1');
    c.asks(conversationId, 'p2');
    const back = c.hello(['a.p2']);
    expect(sent(back, 'v', 'permission:resolved')).toMatchObject([
      { permissionId: 'a.p1', resolution: { state: 'withdrawn' } },
    ]);
    expect(c.answer(c.respond('p1'))).toBe('INVALID_STATE permissionId');
    expect(c.answer(c.respond('p2'))).toBe('ok');
  });

  it('reaches the lobby with its head', () => {
    const c = new ConversationRig();
    const asked = c.asks(c.create(), 'p1');
    expect(asked.find(({ type }) => type === 'report')).toMatchObject({
      summary: { pendingPermissions: 1 },
      requests: [{ permissionId: 'a.p1', argument: 'ls', oneLine: true, title: 'Run ls' }],
    });
    const answered = c.respond('p1');
    expect(answered.find(({ type }) => type === 'report')).toMatchObject({ requests: [] });
  });
});

describe('[C11] [C16] a host that comes back', () => {
  it('is told all conversations and, again, the turn that it did not begin', () => {
    const c = new ConversationRig();
    const conversationId = c.create();
    const [prompt] = c.prompts(c.chat(conversationId, 'One'));
    c.away();
    const back = c.hello();
    expect(keeperMessages(back, 'conversation:open')).toEqual([{ conversationId }]);
    expect(c.prompts(back)).toEqual([prompt]);
    c.started(conversationId, String(prompt?.turnId), prompt?.messageId);
    c.away();
    expect(c.prompts(c.hello())).toEqual([]);
  });

  it('and numbers anew has interrupted its turns, which are never sent again', () => {
    const c = new ConversationRig();
    const { conversationId, turnId } = c.running();
    expect(c.prompts(c.reboot(E2))).toEqual([]);
    expect(c.record(conversationId).turn).toMatchObject({ turnId, state: 'ended', outcome: 'interrupted' });
    expect(c.status(conversationId)).toBe('interrupted');
    expect(c.prompts(c.chat(conversationId, 'Two'))).toHaveLength(1);
  });
});
