import { createHash } from 'node:crypto';
import { ConversationEventSchema, PermissionIdSchema } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import type { HookRequest } from '../../../src/hook/messages.ts';
import { HookBook, type HookEffect, type HookEvent } from '../../../src/keeper/hooks/hook-book.ts';

const id = (n: number) => PermissionIdSchema.parse(`a.p${n}`);
const ask = (over: object = {}): HookRequest => ({
  version: 1,
  do: 'ask',
  program: 'claude',
  session: 's1',
  tool: 'Bash',
  input: '{"command":"ls"}',
  directory: '/work',
  waitMs: 60_000,
  ...over,
});

class Rig {
  readonly book = new HookBook();
  readonly effects: HookEffect[] = [];
  now = 1_000_000;
  isReachable = true;
  #ids = 0;

  feed(event: HookEvent): readonly HookEffect[] {
    this.#ids += 1;
    const effects = this.book.handle(event, {
      now: this.now,
      permissionId: id(this.#ids),
      digest: (text) => createHash('sha256').update(text).digest('hex'),
      mask: (text) => text.replaceAll('hunter2', '*******'),
      isReachable: this.isReachable,
    });
    this.effects.push(...effects);
    return effects;
  }

  tell(connection: number, request: HookRequest) {
    return this.feed({ type: 'told', connection, request });
  }
}
const replies = (effects: readonly HookEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'reply' ? [[effect.connection, effect.reply.is]] : []));
const opened = (effects: readonly HookEffect[]) =>
  effects.flatMap((effect) =>
    effect.type === 'event' && effect.event.type === 'request:opened' ? [effect.event.request] : [],
  );
const changed = (effects: readonly HookEffect[]) =>
  effects.flatMap((effect) =>
    effect.type === 'event' && effect.event.type === 'request:changed' ? [effect.event.resolution.state] : [],
  );
const signals = (effects: readonly HookEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'signal' ? [effect.signal.type] : []));

describe('[C13b] a hook that asks', () => {
  test('opens a request with all of the argument, its secrets masked, and the terminal needs a person', () => {
    const rig = new Rig();
    const input = JSON.stringify({ command: 'login hunter2\u202e', timeout: 5 });
    const effects = rig.tell(1, ask({ input }));
    expect(opened(effects)).toMatchObject([
      {
        kind: 'permission',
        permissionId: 'a.p1',
        requestedAt: rig.now,
        expiresAt: rig.now + 60_000,
        directory: '/work',
        tool: {
          title: 'Bash: login *******',
          toolKind: 'execute',
          rawInput: '{"command":"login *******\u202e","timeout":5}',
        },
      },
    ]);
    expect(opened(effects)[0]?.conversationId).toBeUndefined();
    expect(replies(effects)).toEqual([[1, 'asked']]);
    expect(signals(effects)).toEqual(['notification']);
    expect(rig.book.openRequests).toEqual(['a.p1']);
  });

  test('has another digest when anything of it is different', () => {
    const rig = new Rig();
    const digests = [ask(), ask({ tool: 'Read' }), ask({ input: '{"command":"ls "}' })].map(
      (request, connection) => opened(rig.tell(connection, request))[0]?.digest,
    );
    expect(new Set(digests).size).toBe(3);
  });

  test('shows an edit as a difference, and says where something was left out', () => {
    const rig = new Rig();
    const edit = { file_path: '/work/a.ts', old_string: 'a', new_string: 'b' };
    const [small] = opened(rig.tell(1, ask({ tool: 'Edit', input: JSON.stringify(edit) })));
    expect(small?.kind === 'permission' && small.tool.content).toEqual([
      { type: 'diff', path: '/work/a.ts', oldText: 'a', newText: 'b' },
    ]);
    const huge = { ...edit, new_string: 'b'.repeat(1_000_000) };
    const effects = rig.tell(2, ask({ tool: 'Edit', input: JSON.stringify(huge) }));
    const [large] = opened(effects);
    expect(large?.kind === 'permission' && large.tool.omitted).toBeGreaterThan(900_000);
    for (const effect of effects)
      if (effect.type === 'event') expect(ConversationEventSchema.safeParse(effect.event).success).toBe(true);
  });

  test.each([
    ['allow', undefined, { is: 'decided', behavior: 'allow' }],
    ['deny', undefined, { is: 'decided', behavior: 'deny' }],
    ['deny', 'Why?', { is: 'decided', behavior: 'deny', message: 'Why?' }],
  ])('is told %s, once', (optionId, message, reply) => {
    const rig = new Rig();
    rig.tell(1, ask());
    const said = message === undefined ? {} : { message };
    const decision = { type: 'option' as const, optionId, ...said };
    const decided = rig.feed({ type: 'decide', permissionId: id(1), decision });
    expect(decided).toContainEqual({ type: 'reply', connection: 1, reply, last: true });
    expect(changed(decided)).toEqual(['delivered']);
    expect(signals(decided)).toEqual(['closed']);
    const again = rig.feed({ type: 'decide', permissionId: id(1), decision });
    expect([replies(again), changed(again)]).toEqual([[], ['withdrawn']]);
  });

  test('is left to its terminal by anything else that is decided', () => {
    const rig = new Rig();
    rig.tell(1, ask());
    const decided = rig.feed({ type: 'decide', permissionId: id(1), decision: { type: 'cancelled' } });
    expect(replies(decided)).toEqual([[1, 'nothing']]);
    expect(changed(decided)).toEqual(['withdrawn']);
  });

  test('is withdrawn when the hook is gone, and when its session goes on without it', () => {
    const rig = new Rig();
    rig.tell(1, ask());
    expect(changed(rig.feed({ type: 'closed', connection: 1 }))).toEqual(['withdrawn']);
    rig.tell(2, ask());
    rig.tell(3, ask({ session: 's2' }));
    const other = { version: 1, do: 'end', session: 's1', tool: 'Bash', input: '{}' } as const;
    expect(replies(rig.tell(4, other))).toEqual([[4, 'nothing']]);
    const same = rig.tell(5, { ...other, input: '{"command":"ls"}' });
    expect(replies(same)).toEqual([
      [2, 'nothing'],
      [5, 'nothing'],
    ]);
    expect(changed(rig.tell(6, { version: 1, do: 'end', session: 's2' }))).toEqual(['withdrawn']);
    expect(rig.book.openRequests).toEqual([]);
  });

  test('is not put to people where the room is away', () => {
    const rig = new Rig();
    rig.isReachable = false;
    expect(rig.tell(1, ask())).toEqual([
      { type: 'reply', connection: 1, reply: { is: 'nothing' }, last: true },
    ]);
  });

  test('in a loop is heard 20 times, and once in 3 s from there', () => {
    const rig = new Rig();
    const asks = (times: number) => {
      for (let n = 0; n < times; n += 1) {
        rig.tell(n, ask());
        rig.feed({ type: 'closed', connection: n });
      }
      return opened(rig.effects.splice(0)).length;
    };
    expect(asks(50)).toBe(20);
    rig.now += 6_000;
    expect(asks(50)).toBe(2);
  });
});

test('[C13b] of any hooks at most 20 are open, each is answered once, and none is forgotten', () => {
  const connection = fc.integer({ min: 0, max: 40 });
  const event = fc.oneof(
    connection.map((n) => ({ at: 'ask' as const, n })),
    connection.map((n) => ({ at: 'close' as const, n })),
    connection.map((n) => ({ at: 'decide' as const, n })),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), (events) => {
      const rig = new Rig();
      let next = 0;
      for (const { at, n } of events) {
        rig.now += 3_000;
        if (at === 'ask') rig.tell(++next, ask());
        else if (at === 'close') rig.feed({ type: 'closed', connection: n });
        else
          rig.feed({ type: 'decide', permissionId: id(n), decision: { type: 'option', optionId: 'allow' } });
        expect(rig.book.openRequests.length).toBeLessThanOrEqual(20);
      }
      for (let n = 1; n <= next; n += 1) rig.feed({ type: 'closed', connection: n });
      expect(rig.book.openRequests).toEqual([]);
      const last = rig.effects.flatMap((e) => (e.type === 'reply' && e.last ? [e.connection] : []));
      expect([...new Set(last)].sort()).toEqual([...last].sort());
      expect(last.length).toBe(next);
    }),
  );
});
