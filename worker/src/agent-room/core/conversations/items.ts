import { type Item, type ItemWrite, isTextItem, LIMITS, type Position } from '@muster/protocol';
import { ROOM_LIMITS } from '../limits.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { ConversationRecord } from './conversation.ts';
import type { ItemRow } from './item-row.ts';

/** C15: an item that is too long keeps its text's beginning, or says how much of a tool's result was left out. */
function bounded(item: Item): Item {
  if (isTextItem(item))
    return item.text.length > LIMITS.itemChars
      ? { ...item, text: item.text.slice(0, LIMITS.itemChars) }
      : item;
  if (item.kind !== 'tool') return item;
  const chars = JSON.stringify(item).length;
  if (chars <= LIMITS.itemChars) return item;
  const { rawOutput: _, ...rest } = item;
  const whole = JSON.stringify(rest).length;
  if (whole <= LIMITS.itemChars) return rest;
  const omitted = JSON.stringify(item.content).length;
  return { ...rest, content: [{ type: 'text', text: '', omitted }], omitted: (item.omitted ?? 0) + omitted };
}

/** C14: the item after a write; null: it changes nothing, or is of an item that is not here. */
export function itemAfter(before: Item | null, write: ItemWrite): Item | null {
  if ('item' in write) {
    const item = bounded(write.item);
    return before !== null && JSON.stringify(before) === JSON.stringify(item) ? null : item;
  }
  if (before === null || !isTextItem(before)) return null;
  const { text, offset, endedAt } = write;
  if (offset > before.text.length) return null;
  const rest = text.slice(before.text.length - offset);
  const ends = endedAt !== undefined && before.endedAt !== endedAt;
  if (rest === '' && !ends) return null;
  return bounded({ ...before, text: before.text + rest, ...(ends ? { endedAt } : {}) });
}

/** C14: stores what the keeper tells, each item under its place; `asOf`: where in the stream it was told. */
export function writeItems(
  work: UnitOfWork,
  record: ConversationRecord,
  writes: readonly ItemWrite[],
  asOf: Position,
): ConversationRecord {
  const { conversationId } = record;
  let { items } = record;
  for (const write of writes) {
    const before = work.conversations.item(
      conversationId,
      'item' in write ? write.item.itemId : write.itemId,
    );
    const item = itemAfter(before?.item ?? null, write);
    if (item === null) continue;
    if (item.kind === 'tool' && isUnasked(item) && !isUnasked(before?.item))
      work.conversations.tripped = item;
    const chars = JSON.stringify(item).length;
    const revision = items.revision + 1;
    work.conversations.putItem({ conversationId, index: before?.index ?? items.next, revision, chars, item });
    items = {
      ...items,
      revision,
      next: before === null ? items.next + 1 : items.next,
      chars: items.chars + chars - (before?.chars ?? 0),
    };
  }
  const pruned = pruneItems(work, record, items);
  return work.conversations.put({ ...record, items: pruned, asOf, activeAt: work.now }, false);
}

const isUnasked = (item: Item | undefined) => item?.kind === 'tool' && item.unasked === true;

const PRUNED_AT_ONCE = 64;

/** What may still change when its conversation ends is as it is then. */
export function closeOpenItems(work: UnitOfWork, record: ConversationRecord): ConversationRecord['items'] {
  const { conversationId } = record;
  let { items } = record;
  for (const { item, index, chars } of work.context.readOpenItems(conversationId, ROOM_LIMITS.closedItems)) {
    const closed = closedItem(item, work.now);
    const length = JSON.stringify(closed).length;
    items = { ...items, revision: items.revision + 1, chars: items.chars + length - chars };
    const { revision } = items;
    work.conversations.putItem({ conversationId, index, revision, chars: length, item: closed });
  }
  return items;
}

function closedItem(item: Item, endedAt: number): Item {
  const isOpenTool = item.kind === 'tool' && (item.status === 'pending' || item.status === 'in_progress');
  return isOpenTool ? { ...item, status: 'stopped', endedAt } : { ...item, endedAt };
}

/** C15: the oldest go; one that history does not have yet stays up to a further bound. */
function pruneItems(
  work: UnitOfWork,
  { conversationId, history }: ConversationRecord,
  items: ConversationRecord['items'],
): ConversationRecord['items'] {
  const isFull = ({ next, oldest, chars }: ConversationRecord['items'], factor = 1) =>
    next - oldest > factor * ROOM_LIMITS.conversationItems || chars > factor * ROOM_LIMITS.conversationChars;
  const isWritten = ({ item, revision }: ItemRow) => item.endedAt !== undefined && revision <= history.upTo;
  let left = items;
  while (isFull(left)) {
    const query = { conversationId, from: left.oldest, after: -1, limit: PRUNED_AT_ONCE, newest: false };
    const rows = work.context.readItems(query);
    const before = left.oldest;
    for (const row of rows) {
      const stays = !isWritten(row) && !isFull(left, ROOM_LIMITS.unwrittenFactor);
      if (!isFull(left) || stays) break;
      left = { ...left, oldest: row.index + 1, chars: left.chars - currentChars(work, row) };
    }
    if (left.oldest === before) break;
  }
  if (left.oldest > items.oldest) work.conversations.dropItems(conversationId, left.oldest);
  return left;
}

const currentChars = (work: UnitOfWork, { conversationId, item, chars }: ItemRow): number =>
  work.conversations.item(conversationId, item.itemId)?.chars ?? chars;
