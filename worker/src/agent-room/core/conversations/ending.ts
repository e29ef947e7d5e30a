import type { UnitOfWork } from '../unit-of-work.ts';
import { activeTurn, type ConversationRecord, isEnded } from './conversation.ts';
import { closeOpenItems } from './items.ts';
import { withdrawOf } from './permissions.ts';
import { notifyKeeper } from './turns.ts';

/** C2: it is over: what was open in it is withdrawn. */
export function endConversation(work: UnitOfWork, record: ConversationRecord, reason: string | null): void {
  if (isEnded(record)) return;
  const turn = activeTurn(record);
  work.conversations.put({
    ...record,
    items: closeOpenItems(work, record),
    queue: [],
    held: false,
    endedAt: work.now,
    endReason: reason,
    ...(turn === null ? {} : { turn: { ...turn, state: 'ended', endedAt: work.now, outcome: 'cancelled' } }),
  });
  const { conversationId } = record;
  withdrawOf(work, conversationId, 'Its conversation was closed');
  notifyKeeper(work, { type: 'conversation:close', payload: { conversationId } });
}

/** N1: with their agent. */
export function endAllConversations(work: UnitOfWork): void {
  for (const record of [...work.room.conversations.values()])
    endConversation(work, record, 'Its agent was deleted');
}
