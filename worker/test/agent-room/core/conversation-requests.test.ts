import { LIMITS, PermissionIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { pendingHeads } from '../../../src/agent-room/core/conversations/index.ts';
import { ROOM_LIMITS } from '../../../src/agent-room/core/limits.ts';
import { ConversationRig, DIGEST, says } from './conversations-rig.ts';
import { commits, keeperMessages, sent } from './rig.ts';

const reject = { optionId: 'no', name: 'No', kind: 'reject_once' };
const allow = { optionId: 'once', name: 'Yes', kind: 'allow_once' };
const later = (c: ConversationRig, ms: number) => {
  c.rig.now += ms;
  return c.rig.do({ type: 'alarm' });
};

describe('[C3] a request that nobody answers in time', () => {
  it('is answered with the first option that rejects once', () => {
    const c = new ConversationRig();
    const { conversationId, turnId } = c.running();
    c.asks(conversationId, 'p1', { turnId, expiresAt: c.rig.now + 1_000, options: [allow, reject] });
    expect(keeperMessages(later(c, 999), 'request:decide')).toEqual([]);
    const decided = later(c, 1);
    expect(keeperMessages(decided, 'request:decide')).toMatchObject([{ decision: { optionId: 'no' } }]);
    expect(sent(decided, 'v', 'permission:resolved')).toMatchObject([
      { resolution: { state: 'expired', decider: { by: 'timeout' } } },
    ]);
    expect(c.answer(c.respond('p1'))).toBe('INVALID_STATE permissionId');
    expect(keeperMessages(c.hello(['a.p1']), 'request:decide')).toHaveLength(1);
  });

  it('cancels its turn where no option does', () => {
    const c = new ConversationRig();
    const { conversationId, turnId } = c.running();
    c.asks(conversationId, 'p1', { turnId, expiresAt: c.rig.now + 1_000, options: [allow] });
    const decided = later(c, 1_000);
    expect(keeperMessages(decided, 'request:decide')).toMatchObject([{ decision: { type: 'cancelled' } }]);
    expect(keeperMessages(decided, 'conversation:cancel')).toEqual([{ conversationId, turnId }]);
  });
});

describe('[C7] the end of a turn', () => {
  it('withdraws what was asked in it, and nothing else', () => {
    const c = new ConversationRig();
    const { conversationId, turnId } = c.running();
    c.asks(conversationId, 'p1', { turnId });
    c.asks(conversationId, 'p2');
    c.ended(conversationId, turnId);
    expect(c.answer(c.respond('p1'))).toBe('INVALID_STATE permissionId');
    expect(c.answer(c.respond('p2'))).toBe('ok');
  });

  it('by a member answers what is open `cancelled` first', () => {
    const c = new ConversationRig();
    const { conversationId, turnId } = c.running();
    c.asks(conversationId, 'p1', { turnId });
    const cancelled = c.send('conversation:cancel', { conversationId });
    const orders = cancelled.flatMap((one) => (one.type === 'send-to-keeper' ? [one.message.type] : []));
    expect(orders).toEqual(['request:decide', 'conversation:cancel']);
    expect(c.answer(c.respond('p1'))).toBe('INVALID_STATE permissionId');
  });
});

describe('[C7] [X5] a keeper that is not to be trusted', () => {
  it('cannot ask in the name of another agent, nor without end', () => {
    const c = new ConversationRig();
    const conversationId = c.create();
    const foreign = c.asks(conversationId, 'p1', { permissionId: PermissionIdSchema.parse('b.p1') });
    expect(sent(foreign, 'v', 'permission:request')).toEqual([]);
    expect(keeperMessages(foreign, 'request:decide')).toMatchObject([{ decision: { type: 'cancelled' } }]);
    expect(sent(c.asks('a.other', 'p2'), 'v', 'permission:request')).toEqual([]);
    for (let n = 0; n < LIMITS.openRequests; n += 1) c.asks(conversationId, `q${n}`);
    const over = c.asks(conversationId, 'over');
    expect(keeperMessages(over, 'request:decide')).toMatchObject([{ permissionId: 'a.over' }]);
    expect(c.rig.room.permissions.size).toBe(LIMITS.openRequests);
  });
});

describe('[C9] an answer with a word', () => {
  it('is the next message', () => {
    const c = new ConversationRig();
    const { conversationId, turnId } = c.running();
    c.chat(conversationId, 'Later');
    c.asks(conversationId, 'p1', { turnId });
    c.respond('p1', { optionId: 'no', message: 'Use git mv' });
    const [next] = c.prompts(c.ended(conversationId, turnId));
    expect(next?.content).toEqual([{ type: 'text', text: 'Use git mv' }]);
  });
});

describe('[X8] the audit', () => {
  it('has who answered what, and none of what members say', () => {
    const c = new ConversationRig();
    const conversationId = c.create();
    const said = c.chat(conversationId, 'secret words');
    c.asks(conversationId, 'p1');
    const answered = c.respond('p1', { message: 'secret too' });
    const entries = [...commits(said), ...commits(answered)].flatMap(({ audit = [] }) => audit);
    expect(entries).toMatchObject([
      { entry: { action: 'chat:message', target: conversationId, memberId: 'ada' } },
      { entry: { action: 'permission:respond', target: 'a.p1', details: expect.stringContaining('once') } },
    ]);
    expect(JSON.stringify(entries)).not.toContain('secret');
  });
});

describe('[C8] the head of a request', () => {
  const headOf = (tool: object) => {
    const c = new ConversationRig();
    const plain = { title: 't', toolKind: 'execute', content: [], locations: [], ...tool };
    c.asks(c.create(), 'p1', { tool: plain });
    return pendingHeads(c.rig.room)[0];
  };
  const line = (command: string, over: object = {}) =>
    headOf({ rawInput: JSON.stringify({ command, ...over }) });

  it('is one line only where that is all there is, and all of it shows', () => {
    expect(line('rm -r dist')).toMatchObject({ oneLine: true, argument: 'rm -r dist', digest: DIGEST });
    expect(line('ls', { description: 'lists' })).toMatchObject({ oneLine: true });
    for (const hidden of ['a\nb', 'a\u202eb', 'a\u200bb', 'a\u0007', 'x'.repeat(201), ''])
      expect(line(hidden)?.oneLine, JSON.stringify(hidden)).toBe(false);
    expect(line('ls', { sandbox: false })?.oneLine).toBe(false);
    expect(headOf({ rawInput: '{"command":"ls"}', omitted: 5 })?.oneLine).toBe(false);
    const diff = [{ type: 'diff', path: '/a', oldText: null, newText: 'x' }];
    expect(headOf({ rawInput: '{"command":"ls"}', content: diff })?.oneLine).toBe(false);
    expect(headOf({})?.oneLine).toBe(false);
  });

  it('has the beginning of what is long, and how long it is', () => {
    const head = line('x'.repeat(10_000));
    expect(head).toMatchObject({ argumentChars: 10_000 });
    expect(head?.argument).toHaveLength(4_096);
  });
});

/** History has all that ended. */
function tellWritten(c: ConversationRig, conversationId: string): void {
  const { items, history, conversationId: id } = c.record(conversationId);
  const { marks } = history;
  const of = { conversationId: id, upTo: items.revision, isWhole: true, marks, refused: [] };
  c.rig.do({ type: 'items-written', written: of });
}

describe('[C15] what a conversation keeps', () => {
  it('are its newest items; the oldest go', () => {
    const c = new ConversationRig();
    const conversationId = c.create();
    const long = 'x'.repeat(250_000);
    for (let n = 0; n < 70; n += 1) {
      c.items(conversationId, says(`i${n}`, long, { endedAt: 1 }));
      tellWritten(c, conversationId);
    }
    const { oldest, next, chars } = c.record(conversationId).items;
    expect(next).toBe(70);
    expect(chars).toBeLessThanOrEqual(ROOM_LIMITS.conversationChars);
    const query = { conversationId: c.record(conversationId).conversationId, from: 0, after: -1, limit: 200 };
    const kept = c.rig.store.readItems({ ...query, newest: false });
    expect(kept.map(({ index }) => index)).toEqual(
      Array.from({ length: next - oldest }, (_, n) => oldest + n),
    );
    const joined = c.send('conversation:join', { conversationId });
    expect(sent(joined, 'v', 'conversation:item')).toMatchObject([{ index: 69 }]);
    expect(sent(joined, 'v', 'ack')[0]?.result).toEqual({ oldest: 69, next: 70 });
  });

  it('[A1] are also those that history does not have, up to twice as many', () => {
    const c = new ConversationRig();
    const conversationId = c.create();
    const long = 'x'.repeat(250_000);
    for (let n = 0; n < 100; n += 1) c.items(conversationId, says(`i${n}`, long, { endedAt: 1 }));
    expect(c.record(conversationId).items.oldest).toBe(0);
    for (let n = 100; n < 140; n += 1) c.items(conversationId, says(`i${n}`, long, { endedAt: 1 }));
    const { oldest, chars } = c.record(conversationId).items;
    expect(oldest).toBeGreaterThan(0);
    expect(chars).toBeLessThanOrEqual(2 * ROOM_LIMITS.conversationChars);
    tellWritten(c, conversationId);
    c.items(conversationId, says('last', long));
    expect(c.record(conversationId).items.chars).toBeLessThanOrEqual(ROOM_LIMITS.conversationChars);
  });

  it('[C14] joining again gives what changed since', () => {
    const c = new ConversationRig();
    const { conversationId } = c.running();
    for (const n of [0, 1, 2]) c.items(conversationId, says(`i${n}`, 'a'));
    c.says(conversationId, 'i0', 1, 'b');
    const again = c.send('conversation:join', { conversationId, after: 3 });
    expect(sent(again, 'v', 'conversation:item')).toMatchObject([{ index: 0, item: { text: 'ab' } }]);
    expect(sent(again, 'v', 'ack')[0]?.result).toEqual({ oldest: 0, next: 3 });
  });
});
