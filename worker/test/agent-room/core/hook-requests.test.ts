import { PermissionIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { pendingHeads } from '../../../src/agent-room/core/conversations/index.ts';
import type { Effect } from '../../../src/agent-room/core/types.ts';
import { ConversationRig, DIGEST, requestOf } from './conversations-rig.ts';
import { keeperMessages, sent } from './rig.ts';

/** A room of a terminal agent whose program asks by its hook. */
function asked(over: { readonly expiresAt?: number } = {}) {
  const c = new ConversationRig('terminal');
  const { conversationId: _, ...request } = requestOf('a.c', 'p1', {
    options: [
      { optionId: 'allow', name: 'Allow', kind: 'allow_once' },
      { optionId: 'deny', name: 'Deny', kind: 'reject_once' },
    ],
    ...over,
  });
  const opened = c.frame({ type: 'request:opened', request });
  return { c, opened };
}
const reported = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'report' ? [effect] : []));
const answer = (c: ConversationRig, over: object = {}) => c.respond('p1', { optionId: 'deny', ...over });

describe('[C13b] a request without a conversation', () => {
  it('is told to all viewers and to the lobby, by itself', () => {
    const { c, opened } = asked();
    expect(sent(opened, 'v', 'permission:request')).toMatchObject([{ permissionId: 'a.p1', agentId: 'a' }]);
    expect(sent(opened, 'v', 'permission:request')[0]?.conversationId).toBeUndefined();
    expect(sent(opened, 'v', 'conversation:list')).toEqual([]);
    expect(reported(opened)).toMatchObject([{ requests: [{ permissionId: 'a.p1', oneLine: true }] }]);
    const [head] = pendingHeads(c.rig.room);
    expect(head).toMatchObject({ argument: 'ls', digest: DIGEST });
    expect(head?.conversationId).toBeUndefined();
  });

  it('is answered once, with the message to the program in the decision', () => {
    const { c } = asked();
    const first = answer(c, { message: 'Not on a Friday' });
    expect(c.answer(first)).toBe('ok');
    expect(keeperMessages(first, 'request:decide')).toEqual([
      {
        permissionId: 'a.p1',
        decision: { type: 'option', optionId: 'deny', message: 'Not on a Friday' },
      },
    ]);
    expect(c.answer(answer(c))).toBe('INVALID_STATE permissionId');
    expect(reported(first)).toMatchObject([{ requests: [] }]);
  });

  it('takes a message with a rejection only, and one that is not too long', () => {
    const { c } = asked();
    expect(c.answer(answer(c, { optionId: 'allow', message: 'Go' }))).toBe('INVALID_MESSAGE message');
    expect(c.answer(answer(c, { message: 'x'.repeat(4_097) }))).toBe('INVALID_MESSAGE message');
    expect(c.answer(answer(c, { digest: 'b'.repeat(64) }))).toBe('INVALID_MESSAGE digest');
    expect(c.answer(answer(c))).toBe('ok');
  });

  it('is no answer of a viewer without the right to answer', () => {
    const { c } = asked();
    c.rig.join('w', 'viewer', 'Eve');
    expect(c.answer(c.respond('p1', { optionId: 'allow' }, 'w'), 'w')).toBe('INSUFFICIENT_PERMISSIONS');
  });

  it('that nobody answers in time is left to its terminal, also in a room without conversations', () => {
    const { c } = asked({ expiresAt: 1_010_000 });
    expect(c.rig.room.conversations.size).toBe(0);
    c.rig.now = 1_010_000;
    const decided = c.rig.do({ type: 'alarm' });
    expect(keeperMessages(decided, 'request:decide')).toEqual([
      { permissionId: 'a.p1', decision: { type: 'cancelled' } },
    ]);
    expect(sent(decided, 'v', 'permission:resolved')).toMatchObject([{ resolution: { state: 'expired' } }]);
  });

  it('survives a reset and a keeper that was away, and is withdrawn when that does not know it', () => {
    const { c } = asked();
    c.rig.sleep();
    c.away();
    expect(sent(c.hello(['a.p1']), 'v', 'permission:resolved')).toEqual([]);
    expect(sent(c.hello([]), 'v', 'permission:resolved')).toMatchObject([
      { resolution: { state: 'withdrawn' } },
    ]);
  });

  it('cannot be asked in the name of another agent', () => {
    const { c } = asked();
    const { conversationId: _, ...request } = requestOf('a.c', 'p2', {
      permissionId: PermissionIdSchema.parse('b.p2'),
    });
    const effects = c.frame({ type: 'request:opened', request });
    expect(sent(effects, 'v', 'permission:request')).toEqual([]);
    expect(c.rig.room.permissions.size).toBe(1);
  });
});
