import {
  type ConversationId,
  type ConversationState,
  LIMITS,
  type RequestCard,
  type StoredItem,
} from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import { decisionsOf } from './decisions.ts';
import type { ItemDecision } from './item-decision.ts';
import { type ItemReader, newestWithin, oldestWithin } from './item-row.ts';
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
  /** The newest below this index; absent: the oldest after the other. */
  readonly before?: number;
  readonly limit: number;
}

/** C14: items after or before an index, oldest first, as many as are asked for and fit an answer; null: no such conversation. */
export function itemPage(
  room: RoomState,
  store: Pick<ItemReader, 'readItems'>,
  { conversationId, after = -1, before, limit }: ItemPageQuery,
): StoredItem[] | null {
  if (!room.conversations.has(conversationId)) return null;
  const most = Math.min(limit, LIMITS.itemsPage);
  const query = { conversationId, from: after + 1, after: -1, limit: most };
  const rows =
    before === undefined
      ? oldestWithin(store.readItems({ ...query, newest: false }), ROOM_LIMITS.pageChars)
      : newestWithin(store.readItems({ ...query, below: before, newest: true }), ROOM_LIMITS.pageChars);
  return rows.map(({ index, revision, item }) => ({ index, revision, item }));
}

/** C7: how its requests were answered; those about no item too, under ''. */
export function conversationDecisions(
  { permissions }: RoomState,
  conversationId: string,
): readonly (readonly [itemId: string, decisions: readonly ItemDecision[]])[] {
  const decided = [...permissions.values()].filter(
    ({ request, resolution }) => request.conversationId === conversationId && resolution.state !== 'pending',
  );
  return [...decisionsOf(decided)];
}
