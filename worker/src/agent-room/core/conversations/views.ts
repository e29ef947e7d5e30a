import {
  type AgentId,
  type ConversationState,
  type ConversationSummary,
  LIMITS,
  type QueuedMessage,
  type RequestCard,
  type Turn,
} from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import type { Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { type ConversationRecord, reasonOf, statusOf, type TurnRecord } from './conversation.ts';
import { readerKey } from './conversation-writes.ts';
import type { PermissionRecord } from './permission.ts';
import { pendingOf, sendToChats } from './permissions.ts';
import { isPlainReader } from './readers.ts';
import { responseOf } from './responses.ts';

export function summaryOf(
  record: ConversationRecord,
  agentId: AgentId,
  requests: number,
): ConversationSummary {
  const { conversationId, title, facts, createdBy, createdAt, activeAt, queue } = record;
  const reason = reasonOf(record, requests);
  return {
    conversationId,
    agentId,
    title: title ?? facts.title ?? null,
    status: statusOf(record, requests),
    ...(reason === null ? {} : { reason }),
    ...{ createdBy, createdAt, activeAt },
    queued: queue.length,
    requests,
  };
}

export const cardOf = (agentId: AgentId, { request, resolution }: PermissionRecord): RequestCard => ({
  agentId,
  request,
  resolution,
});

const turnOf = ({ epoch: _, ...turn }: TurnRecord): Turn => turn;

const queuedOf = ({ messageId, memberId, name, content, at, sending }: QueuedMessage): QueuedMessage => ({
  ...{ messageId, memberId, name, content, at, sending },
});

/** The oldest that fit a message beside the rest of the state; each came whole when it was asked. */
function cardsOf(agentId: AgentId, pending: readonly PermissionRecord[]): RequestCard[] {
  let left: number = ROOM_LIMITS.pendingShownChars;
  return pending.slice(0, LIMITS.openRequests).flatMap((record) => {
    const card = cardOf(agentId, record);
    left -= JSON.stringify(card).length;
    return left < 0 ? [] : [card];
  });
}

function membersIn(room: RoomState, conversationId: string): ConversationState['members'] {
  const members = new Map<string, ConversationState['members'][number]>();
  for (const { member, reads } of room.viewers.values())
    if (reads.some((read) => read === conversationId))
      members.set(member.id, { memberId: member.id, name: member.name });
  return [...members.values()].slice(0, LIMITS.watchersListed);
}

/** R1: all there is of a conversation but its items. */
export function conversationState(
  room: RoomState,
  { revision, placement }: Durable,
  record: ConversationRecord,
): ConversationState {
  const { agentId } = placement.spec;
  const pending = pendingOf(room, record.conversationId);
  const { items, facts, turn, queue, asOf } = record;
  return {
    ...summaryOf(record, agentId, pending.length),
    ...{ revision, asOf, facts },
    itemRevision: items.revision,
    oldest: items.oldest,
    next: items.next,
    turn: turn === null ? null : turnOf(turn),
    queue: queue.map(queuedOf),
    pending: cardsOf(agentId, pending),
    members: membersIn(room, record.conversationId),
  };
}

/** R1: all conversations of the agent, newest first. */
export function conversationList(room: RoomState, { placement }: Durable): ConversationSummary[] {
  const { agentId } = placement.spec;
  const requests = new Map<string, number>();
  for (const { request } of pendingOf(room))
    if (request.conversationId !== undefined)
      requests.set(request.conversationId, (requests.get(request.conversationId) ?? 0) + 1);
  return [...room.conversations.values()]
    .sort((left, right) => right.createdAt - left.createdAt)
    .map((record) => summaryOf(record, agentId, requests.get(record.conversationId) ?? 0));
}

export function listMessage(room: RoomState, durable: Durable) {
  const { revision, placement } = durable;
  const conversations = conversationList(room, durable);
  const payload = { agentId: placement.spec.agentId, revision, conversations };
  return { type: 'conversation:list' as const, payload };
}

export function stateMessageOf(room: RoomState, durable: Durable, record: ConversationRecord) {
  const { agentId } = durable.placement.spec;
  const { conversationId } = record;
  const state = conversationState(room, durable, record);
  const payload = { conversationId, agentId, revision: durable.revision, state };
  return { type: 'conversation:state' as const, payload };
}

/** C14, R1: what this event changed, once, to those that read it; the list to all. */
export function sendConversations(work: UnitOfWork): void {
  const { room, conversations } = work;
  sendItems(work);
  if (room.durable === null || !(conversations.listChanged || conversations.asksChanged)) return;
  const durable = work.change(room.durable, {});
  if (!conversations.listChanged) return;
  sendToChats(work, listMessage(room, durable));
  for (const conversationId of conversations.changed) {
    const record = room.conversations.get(conversationId);
    const readers = [...room.viewers.values()].filter(
      ({ connection, reads }) =>
        reads.includes(conversationId) &&
        !conversations.readersSent.has(readerKey(connection, conversationId)),
    );
    if (record === undefined || readers.length === 0) continue;
    const message = stateMessageOf(room, durable, record);
    for (const { connection } of readers) work.afterCommit.push({ type: 'send', to: connection, message });
  }
}

function sendItems({ room, conversations, afterCommit }: UnitOfWork): void {
  const { durable } = room;
  if (durable === null) return;
  const { agentId } = durable.placement.spec;
  for (const row of conversations.writtenItems) {
    const { conversationId, index, revision, item } = row;
    const asOf = room.conversations.get(conversationId)?.asOf ?? null;
    if (asOf === null) continue;
    const payload = { conversationId, agentId, index, revision, asOf, item };
    const response = responseOf(agentId, row);
    for (const [to, viewer] of room.viewers) {
      if (!viewer.reads.includes(conversationId)) continue;
      afterCommit.push({ type: 'send', to, message: { type: 'conversation:item', payload } });
      if (response !== null && isPlainReader(viewer, conversationId))
        afterCommit.push({ type: 'send', to, message: response });
    }
  }
}
