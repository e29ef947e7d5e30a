import { earliestOf } from '../../../socket/deadlines.ts';
import { auditHistoryRefusal } from '../history-refusal.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { RoomState } from '../state.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { activeTurn, type ConversationRecord } from './conversation.ts';
import { type EndedItemReader, type ItemRow, oldestWithin } from './item-row.ts';
import type { ItemsWritten } from './items-written.ts';
import type { PermissionRecord } from './permission.ts';

/** A1: what one write to history holds: a conversation as it is, and items of it that ended. */
export interface Unwritten {
  readonly record: ConversationRecord;
  /** In the order of their revisions. */
  readonly rows: readonly ItemRow[];
  /** Its requests that were answered, whose items these may be. */
  readonly decided: readonly PermissionRecord[];
  /** With these history has all items that ended up to this revision. */
  readonly upTo: number;
  /** Whether nothing else is left. */
  readonly isWhole: boolean;
}

/** A1: since when history lacks something of a conversation, ms; null: it lacks nothing. */
export const unwrittenSince = ({ conversations }: Pick<RoomState, 'conversations'>): number | null =>
  earliestOf(conversations.values(), ({ history }) => history.since);

/** A1: of the conversation that history lacks something of for longest; null: of none. */
export function nextUnwritten(room: RoomState, store: EndedItemReader): Unwritten | null {
  const oldest = unwrittenSince(room);
  if (oldest === null) return null;
  const record = [...room.conversations.values()].find(({ history }) => history.since === oldest);
  return record === undefined ? null : unwrittenOf(room, store, record);
}

function unwrittenOf(room: RoomState, store: EndedItemReader, record: ConversationRecord): Unwritten {
  const { conversationId, history, items } = record;
  const limit = ROOM_LIMITS.writtenItems;
  const query = { conversationId, from: history.from ?? items.next, after: history.upTo, limit };
  const found = store.readEndedItems(query);
  const rows = oldestWithin(found, ROOM_LIMITS.writtenChars);
  const isWhole = found.length < limit && rows.length === found.length;
  const decided = [...room.permissions.values()].filter(
    ({ request, resolution }) => request.conversationId === conversationId && resolution.state !== 'pending',
  );
  const upTo = isWhole ? items.revision : (rows.at(-1)?.revision ?? history.upTo);
  return { record, rows, decided, upTo, isWhole };
}

/**
 * A1: what history has is not brought again. While a turn runs it is stored with the next change of the conversation: a row
 * of its own would double what an item costs, and a room that forgets it brings again what history then ignores.
 */
export function handleItemsWritten(work: UnitOfWork, written: ItemsWritten): void {
  const { conversationId, upTo, isWhole, marks, refused } = written;
  const { durable } = work.room;
  const record = work.room.conversations.get(conversationId);
  if (durable === null || record === undefined) return;
  for (const { number, why } of refused)
    auditHistoryRefusal(work, durable.placement.spec, conversationId, `item of revision ${number}: ${why}`);
  const { history } = record;
  const isAll = isWhole && marks === history.marks;
  const since = isWhole ? work.now : history.since;
  const told = { ...history, upTo: Math.max(upTo, history.upTo) };
  const next = isAll ? { ...told, from: null, since: null } : { ...told, since };
  work.conversations.putHistory(record, next, activeTurn(record) === null);
}
