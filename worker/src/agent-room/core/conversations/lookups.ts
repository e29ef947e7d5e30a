import {
  type ConversationId,
  type ConversationState,
  LIMITS,
  type RequestCard,
  type StoredItem,
} from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import { type ItemReader, oldestWithin } from './item-row.ts';
import { cardOf, conversationState } from './views.ts';

/** null: there is none of that id, or not any more. */
export function findConversation(room: RoomState, conversationId: string): ConversationState | null {
  const record = room.conversations.get(conversationId);
  return record === undefined || room.durable === null ? null : conversationState(room, room.durable, record);
}

/** C7; null as above. */
export function findCard({ durable, permissions }: RoomState, permissionId: string): RequestCard | null {
  const record = permissions.get(permissionId);
  return record === undefined || durable === null ? null : cardOf(durable.placement.spec.agentId, record);
}

export interface ItemPageQuery {
  readonly conversationId: ConversationId;
  /** An index; absent: before the oldest. */
  readonly after?: number;
  readonly limit: number;
}

/** C14: items after an index, oldest first, as many as are asked for and fit an answer; null: no such conversation. */
export function itemPage(
  room: RoomState,
  store: Pick<ItemReader, 'readItems'>,
  { conversationId, after = -1, limit }: ItemPageQuery,
): StoredItem[] | null {
  if (!room.conversations.has(conversationId)) return null;
  const most = Math.min(limit, LIMITS.itemsPage);
  const query = { conversationId, from: after + 1, after: -1, limit: most, newest: false };
  return oldestWithin(store.readItems(query), ROOM_LIMITS.pageChars).map(({ index, revision, item }) => ({
    index,
    revision,
    item,
  }));
}
