import { type ConversationId, LIMITS, type ViewerMessage, wireError } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { Outcome } from '../requests/index.ts';
import type { Viewer } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { activeTurn, type ConversationRecord } from './conversation.ts';
import { readerKey } from './conversation-writes.ts';
import { newestWithin, oldestWithin } from './item-row.ts';
import { notifyKeeper } from './turns.ts';
import { stateMessageOf } from './views.ts';

type Join = Extract<ViewerMessage, { type: 'conversation:join' }>['payload'];

const NO_READER = wireError('INVALID_STATE', 'Conversations are read on a socket, not by polling.');

function setReads(work: UnitOfWork, viewer: Viewer, reads: Viewer['reads']): void {
  viewer.reads = reads;
  work.afterCommit.push({ type: 'attach-reads', connection: viewer.connection, reads });
}

/** C2, C14: the state, then items, oldest first; what follows comes by itself. */
export function joinConversation(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  record: ConversationRecord,
  { after }: Join,
): Outcome {
  const { conversationId } = record;
  if (viewer.socketless) return { type: 'refused', error: NO_READER };
  if (!viewer.reads.includes(conversationId)) {
    if (viewer.reads.length >= ROOM_LIMITS.readConversations)
      return { type: 'refused', error: wireError('RESOURCE_EXHAUSTED', TOO_MANY) };
    setReads(work, viewer, [...viewer.reads, conversationId]);
    work.conversations.show(conversationId);
    work.conversations.readersSent.add(readerKey(viewer.connection, conversationId));
  }
  const message = stateMessageOf(work.room, durable, record);
  work.afterCommit.push({ type: 'send', to: viewer.connection, message });
  const oldest = sendItems(work, durable, viewer, record, after);
  if (activeTurn(record) !== null || record.facts.background === true)
    notifyKeeper(work, { type: 'conversation:flush', payload: { conversationId } });
  return { type: 'done', result: { oldest, next: record.items.next } };
}

const TOO_MANY = `One socket reads at most ${ROOM_LIMITS.readConversations} conversations. Leave one first.`;

/**
 * The newest items, or those that changed after a revision where they fit. Returns the index of the oldest from which on
 * the reader has them all.
 */
function sendItems(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  { conversationId, items, asOf }: ConversationRecord,
  after: number | undefined,
): number {
  const { agentId } = durable.placement.spec;
  const all = { conversationId, from: items.oldest, limit: LIMITS.itemsOnJoin + 1 };
  const changed =
    after === undefined || after > items.revision
      ? null
      : work.context.readItems({ ...all, after, newest: false });
  const isWhole =
    changed !== null &&
    changed.length <= LIMITS.itemsOnJoin &&
    oldestWithin(changed, ROOM_LIMITS.joinChars).length === changed.length;
  const rows = isWhole
    ? changed
    : newestWithin(
        work.context.readItems({ ...all, limit: LIMITS.itemsOnJoin, after: -1, newest: true }),
        ROOM_LIMITS.joinChars,
      );
  // Without a frame there is no item.
  if (asOf === null) return items.next;
  for (const { index, revision, item } of rows) {
    const payload = { conversationId, agentId, index, revision, asOf, item };
    const message = { type: 'conversation:item' as const, payload };
    work.afterCommit.push({ type: 'send', to: viewer.connection, message });
  }
  return isWhole ? items.oldest : (rows[0]?.index ?? items.next);
}

export function leaveConversation(work: UnitOfWork, viewer: Viewer, conversationId: ConversationId): Outcome {
  if (viewer.reads.includes(conversationId)) {
    setReads(
      work,
      viewer,
      viewer.reads.filter((read) => read !== conversationId),
    );
    work.conversations.show(conversationId);
  }
  return { type: 'done' };
}

/** Its socket is gone: the members of what it read are others now. */
export function leaveAll(work: UnitOfWork, { reads }: Viewer): void {
  for (const conversationId of reads)
    if (work.room.conversations.has(conversationId)) work.conversations.show(conversationId);
}

export function sendTyping(
  work: UnitOfWork,
  durable: Durable,
  viewer: Viewer,
  { conversationId, typing }: Extract<ViewerMessage, { type: 'typing' }>['payload'],
): Outcome {
  const { agentId } = durable.placement.spec;
  const { id: memberId, name } = viewer.member;
  const payload = { conversationId, agentId, memberId, name, typing };
  for (const [to, { reads }] of work.room.viewers)
    if (to !== viewer.connection && reads.includes(conversationId))
      work.afterCommit.push({ type: 'send', to, message: { type: 'typing', payload } });
  return { type: 'done' };
}
