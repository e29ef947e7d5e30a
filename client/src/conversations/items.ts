import type { ConversationUpdate, Position, StoredItem } from '@muster/protocol';
import { type Entry, newEntry, type Row, takeRow, takeUpdate } from './entry.ts';
import { meet } from './epochs.ts';
import type { Change, Conversation } from './types.ts';

/** Items that have no row yet; the oldest go first, until their row comes. */
const MOST_LIVE = 1_000;

/** The ids of what is shown, oldest first: rows by their index, and behind them what has no row yet. */
export function orderOf(conversation: Conversation): readonly string[] {
  conversation.order ??= sorted(conversation);
  return conversation.order;
}

function sorted({ entries, from }: Conversation): readonly string[] {
  const rows: { readonly index: number; readonly itemId: string }[] = [];
  const live: string[] = [];
  for (const { itemId, row, item } of entries.values()) {
    if (row === null) {
      if (item !== null) live.push(itemId);
    } else if (from === null || row.index >= from) rows.push({ index: row.index, itemId });
  }
  rows.sort((left, right) => left.index - right.index);
  return [...rows.map(({ itemId }) => itemId), ...live];
}

function reorder(conversation: Conversation): Change {
  conversation.order = null;
  return { type: 'order' };
}

export function handleRow(conversation: Conversation, row: Row): Change[] {
  const { isJoining, epochs } = conversation;
  if (!isJoining && row.asOf !== null) meet(epochs, row.asOf.epoch);
  conversation.newest = Math.max(conversation.newest, row.revision);
  if (!isJoining && conversation.synced !== null) conversation.synced = conversation.newest;
  return place(conversation, row);
}

function place(conversation: Conversation, row: Row): Change[] {
  const { entries, epochs } = conversation;
  const { itemId } = row.item;
  const entry = entries.get(itemId) ?? newEntry(itemId);
  const isNew = entry.row === null;
  if (!takeRow(entry, row, epochs)) return [];
  entries.set(itemId, entry);
  return [{ type: 'item', itemId }, ...(isNew ? [reorder(conversation)] : [])];
}

export function handleUpdate(
  conversation: Conversation,
  update: ConversationUpdate,
  position: Position,
): Change[] {
  const { entries, epochs } = conversation;
  meet(epochs, position.epoch);
  const itemId = update.type === 'item' ? update.item.itemId : update.itemId;
  const held = entries.get(itemId);
  const entry = held ?? newEntry(itemId);
  const wasShown = entry.item !== null;
  if (held === undefined) entries.set(itemId, entry);
  const changed = takeUpdate(entry, update, position, epochs);
  if (held === undefined) dropOldestLive(conversation);
  if (!changed) return [];
  return [{ type: 'item', itemId }, ...(wasShown ? [] : [reorder(conversation)])];
}

function dropOldestLive({ entries }: Conversation): void {
  const live = [...entries.values()].filter(({ row }) => row === null);
  for (const { itemId } of live.slice(0, Math.max(0, live.length - MOST_LIVE))) entries.delete(itemId);
}

/**
 * The join was answered whole: from here on rows follow each other, and revisions too. `oldest`: the index from which on
 * the reader has all; what is older may have changed unheard and is read again when it is asked for.
 */
export function handleJoined(conversation: Conversation, oldest: number): Change[] {
  const { entries, state } = conversation;
  conversation.isJoining = false;
  conversation.isLoaded = true;
  conversation.synced = Math.max(conversation.newest, state?.itemRevision ?? 0);
  for (const [itemId, { row }] of entries) if (row !== null && row.index < oldest) entries.delete(itemId);
  dropLost(conversation);
  conversation.from = oldestOf(conversation, state?.next ?? 0);
  conversation.isAtOldest = false;
  return [reorder(conversation)];
}

/** What an earlier epoch said and no row holds was lost with it: its keeper would have told it again. */
function dropLost({ entries, epochs, state }: Conversation): void {
  const epoch = state?.asOf?.epoch;
  if (epoch === undefined) return;
  const isPast = ({ row, log }: Entry) => {
    const last = log.at(-1)?.last.epoch;
    return row === null && last !== undefined && epochs.indexOf(last) < epochs.indexOf(epoch);
  };
  for (const [itemId, entry] of entries) if (isPast(entry)) entries.delete(itemId);
}

/** How far down rows follow each other below `next`. */
function oldestOf({ entries }: Conversation, next: number): number {
  const indices = new Set<number>();
  for (const { row } of entries.values()) if (row !== null) indices.add(row.index);
  let from = next;
  while (indices.has(from - 1)) from -= 1;
  return from;
}

/** The rows right before the oldest that is here, all that are left of them: history may have lost some (A3). */
export function handlePage(conversation: Conversation, rows: readonly StoredItem[]): Change[] {
  const changes = rows.flatMap((row) => place(conversation, { ...row, asOf: null }));
  const before = conversation.from;
  if (before === null) return changes;
  conversation.from = rows.reduce((from, { index }) => Math.min(from, index), before);
  conversation.isAtOldest = conversation.from === before;
  return [...changes, reorder(conversation)];
}

/** C15: what its room has dropped is in history. */
export const hasOlder = ({ from, state, isAtOldest }: Conversation): boolean =>
  from !== null && state !== null && !isAtOldest && from > 0;

/** The item of this index; null: it is not here. */
export function itemAt({ entries }: Conversation, index: number): string | null {
  for (const { itemId, row } of entries.values()) if (row?.index === index) return itemId;
  return null;
}
