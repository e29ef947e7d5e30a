import { LIMITS, MemberIdSchema, PermissionIdSchema, promptOf } from '@muster/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { TYPING_MS } from '../../src/conversations/conversation.ts';
import { hasOlder } from '../../src/conversations/items.ts';
import { at, conversationState, Reader, request, row, says, shows, text, tool } from './support.ts';

describe('a conversation as its reader has it', () => {
  let reader: Reader;

  beforeEach(() => {
    reader = new Reader();
  });

  it('[C14] rows stand by their index, and what has no row yet behind them', () => {
    reader.join(conversationState({ next: 2 }), row(0, 1, text('a', 'A')), row(1, 2, text('b', 'B')));
    reader.take(shows(1, text('x', 'X')), row(2, 3, text('c', 'C')));
    expect(reader.texts).toEqual(['A', 'B', 'C', 'X']);
    reader.take(row(3, 4, text('x', 'X'), at(1)));
    expect(reader.texts).toEqual(['A', 'B', 'C', 'X']);
  });

  it('[C14] text is applied at the length, dropped below it and waited for above', () => {
    reader.join(conversationState());
    reader.take(shows(1, text('a', '')), says(2, 'a', 0, 'one '), says(2, 'a', 0, 'one '));
    expect(reader.texts).toEqual(['one ']);
    reader.take(says(4, 'a', 8, 'three'));
    expect(reader.texts).toEqual(['one ']);
    reader.take(row(0, 1, text('a', 'one two '), at(3)));
    expect(reader.texts).toEqual(['one two three']);
  });

  it('[C14] text that filled a hole late brings what waited behind it', () => {
    reader.join(conversationState());
    reader.take(shows(1, text('a', '')), says(3, 'a', 2, 'cd'), says(2, 'a', 0, 'ab'));
    expect(reader.texts).toEqual(['abcd']);
  });

  it('[C14] what the stream said up to a row is history, and what it said behind it stands', () => {
    reader.join(conversationState());
    reader.take(shows(1, tool('t', 'pending')), shows(5, tool('t', 'completed')));
    reader.take(row(0, 1, tool('t', 'in_progress'), at(3)), shows(2, tool('t', 'failed')));
    expect(reader.items[0]).toMatchObject({ status: 'completed' });
  });

  it('[C14] [S6a] a row of a new epoch stands above all that the one before said', () => {
    reader.join(conversationState({ asOf: at(9) }));
    reader.take(shows(10, text('a', 'old')), row(0, 1, text('a', 'new'), at(1, 2)));
    reader.take(shows(11, text('a', 'older still')));
    expect(reader.texts).toEqual(['new']);
  });

  it('[C14] an older row, and a row twice, change nothing', () => {
    reader.join(conversationState());
    reader.take(row(0, 7, text('a', 'new'), at(5)));
    expect(reader.take(row(0, 6, text('a', 'old'), at(4)), row(0, 7, text('a', 'x'), at(5)))).toEqual([]);
    expect(reader.texts).toEqual(['new']);
  });

  it('[C14] pieces of text of an item that nobody told of are not shown until it is', () => {
    reader.join(conversationState());
    expect(reader.take(says(2, 'a', 3, 'def'))).toEqual([]);
    expect(reader.items).toEqual([]);
    reader.take(row(0, 1, text('a', 'abc'), at(1)));
    expect(reader.texts).toEqual(['abcdef']);
  });

  it('[C14] a piece of text changes its own item and no order', () => {
    reader.join(conversationState());
    reader.take(shows(1, text('a', '')));
    expect(reader.take(says(2, 'a', 0, 'x'))).toEqual([{ type: 'item', itemId: 'a' }]);
  });

  it('[C15] a text has at most as many characters as an item may have', () => {
    reader.join(conversationState());
    reader.take(shows(1, text('a', '')));
    const piece = 'x'.repeat(LIMITS.itemChars / 4);
    for (let n = 0; n < 8; n += 1) reader.take(says(n + 2, 'a', n * piece.length, piece));
    expect(reader.texts[0]?.length).toBe(LIMITS.itemChars);
  });

  it('[C14] pages bring older rows, and the room says when there are none', () => {
    reader.join(conversationState({ next: 4, oldest: 0 }), row(3, 1, text('d', 'D')));
    expect([reader.conversation.from, hasOlder(reader.conversation)]).toEqual([3, true]);
    const rows = ['b', 'c'].map((id, n) => ({ index: n + 1, revision: 0, item: text(id, id) }));
    reader.take({ type: 'page', rows });
    expect([reader.texts, hasOlder(reader.conversation)]).toEqual([['b', 'c', 'D'], true]);
    reader.take({ type: 'page', rows: [{ index: 0, revision: 0, item: text('a', 'a') }] });
    expect([reader.texts, hasOlder(reader.conversation)]).toEqual([['a', 'b', 'c', 'D'], false]);
  });

  it('[C14] a page that brings nothing ends the asking', () => {
    reader.join(conversationState({ next: 4 }), row(3, 1, text('d', 'D')));
    reader.take({ type: 'page', rows: [] });
    expect(hasOlder(reader.conversation)).toBe(false);
  });

  it('[C14] a row of an item that is not read yet is shown with its page only', () => {
    reader.join(conversationState({ next: 3 }), row(2, 1, text('c', 'C')));
    reader.take(shows(1, tool('old', 'in_progress')));
    reader.take(row(0, 2, tool('old', 'completed'), at(2)));
    expect(reader.texts).toEqual(['C']);
    const rows = [{ index: 1, revision: 0, item: text('b', 'b') }];
    reader.take({ type: 'page', rows: [{ index: 0, revision: 0, item: tool('old', 'pending') }, ...rows] });
    expect(reader.items.map((item) => ('status' in item ? item.status : item.kind))).toEqual([
      'completed',
      'agent',
      'agent',
    ]);
  });

  it('[C14] a return that may have left something out reads what is older anew', () => {
    reader.join(conversationState({ next: 2 }), row(0, 1, text('a', 'A')), row(1, 2, text('b', 'B')));
    const missed = Array.from({ length: 100 }, (_, n) => row(50 + n, 60 + n, text(`i${n}`, `${n}`)));
    const state = conversationState({ revision: 2, next: 150 });
    reader.take({ type: 'join' }, { type: 'state', state }, ...missed, { type: 'joined', oldest: 50 });
    expect([reader.items.length, reader.conversation.from]).toEqual([100, 50]);
    expect(hasOlder(reader.conversation)).toBe(true);
  });

  it('[C14] what the room says may have changed unheard is shown again when it was read again', () => {
    reader.join(conversationState({ next: 2 }), row(0, 1, text('a', 'A')), row(1, 2, text('b', 'B')));
    const state = conversationState({ revision: 2, next: 2 });
    reader.take({ type: 'join' }, { type: 'state', state }, { type: 'joined', oldest: 1 });
    expect([reader.texts, hasOlder(reader.conversation)]).toEqual([['B'], true]);
    reader.take({ type: 'page', rows: [{ index: 0, revision: 9, item: text('a', 'A again') }] });
    expect([reader.texts, hasOlder(reader.conversation)]).toEqual([['A again', 'B'], false]);
  });

  it('[C14] a join that was cut does not count as what the reader has', () => {
    const state = conversationState({ next: 2, itemRevision: 9 });
    reader.take({ type: 'join' }, { type: 'state', state }, row(0, 9, text('a', 'A')), { type: 'left' });
    expect(reader.conversation.synced).toBeNull();
    reader.join(state, row(0, 9, text('a', 'A')), row(1, 2, text('b', 'B')));
    expect([reader.texts, reader.conversation.synced]).toEqual([['A', 'B'], 9]);
  });

  it('[C14] what an ended epoch said and no row holds goes with the next join', () => {
    reader.join(conversationState({ asOf: at(1) }));
    reader.take(shows(2, text('lost', 'x')));
    reader.join(conversationState({ revision: 2, asOf: at(1, 2) }));
    expect(reader.items).toEqual([]);
  });

  it('[R1] a state that is not newer is passed over, unless it answers a join', () => {
    reader.join(conversationState({ revision: 5, title: 'five' }));
    expect(reader.take({ type: 'state', state: conversationState({ revision: 4 }) })).toEqual([]);
    expect(reader.take({ type: 'state', state: conversationState({ revision: 5 }) })).toEqual([]);
    reader.join(conversationState({ revision: 5, title: 'again' }));
    expect(reader.conversation.state?.title).toBe('again');
  });

  it('[C3] a request is there once, resolved where it was, and gone where the room knows it no more', () => {
    reader.join(conversationState());
    const { permissionId } = request();
    reader.take({ type: 'asked', request: request() }, { type: 'asked', request: request() });
    const states = () => [...reader.conversation.cards.values()].map(({ resolution }) => resolution.state);
    expect(states()).toEqual(['pending']);
    reader.take({ type: 'resolved', permissionId, resolution: { state: 'decided', at: 6 } });
    reader.take({ type: 'asked', request: request('bash.two') });
    expect(states()).toEqual(['decided', 'pending']);
    reader.join(conversationState({ revision: 2 }));
    expect(states()).toEqual(['decided']);
    const other = PermissionIdSchema.parse('bash.other');
    const unheard = {
      type: 'resolved',
      permissionId: other,
      resolution: { state: 'decided', at: 6 },
    } as const;
    expect(reader.take(unheard)).toEqual([]);
  });

  it('[C12] a message is outgoing until the room shows it, whatever comes first', () => {
    reader.join(conversationState());
    const send = { type: 'send', content: promptOf('hi'), when: 'queue' } as const;
    reader.take({ ...send, messageId: 'm1' }, { ...send, messageId: 'm2' }, { ...send, messageId: 'm3' });
    const turn = { turnId: 't', state: 'running', messageId: 'm1', startedAt: 0 };
    reader.take({ type: 'state', state: conversationState({ revision: 2, turn }) });
    reader.take(shows(3, text('u', 'hi', { kind: 'user', messageId: 'm2' })));
    expect([...reader.conversation.outbox.keys()]).toEqual(['m3']);
    reader.take({ type: 'sent', messageId: 'm3' });
    expect(reader.conversation.outbox.get('m3')?.state).toBe('taken');
    reader.take({ type: 'state', state: conversationState({ revision: 3 }) });
    expect(reader.conversation.outbox.size).toBe(0);
  });

  it('nobody types who has not said so for 10 s, nor after the connection is lost', () => {
    const memberId = MemberIdSchema.parse('00000000-0000-4000-8000-000000000002');
    const types = { type: 'typing', memberId, name: 'Grace', typing: true } as const;
    reader.take(types);
    reader.now = TYPING_MS - 1;
    expect(reader.take({ type: 'tick' })).toEqual([]);
    reader.now = TYPING_MS;
    expect(reader.take({ type: 'tick' })).toEqual([{ type: 'writers' }]);
    reader.take(types, { type: 'left' });
    expect(reader.conversation.writers.size).toBe(0);
  });
});
