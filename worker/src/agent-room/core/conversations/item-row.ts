import type { ConversationId, Item } from '@muster/protocol';

/** C14: an item as it is stored. `chars`: of its JSON. */
export interface ItemRow {
  readonly conversationId: ConversationId;
  readonly index: number;
  readonly revision: number;
  readonly chars: number;
  readonly item: Item;
}

/** Which items of a conversation are read. */
export interface ItemQuery {
  readonly conversationId: ConversationId;
  /** Indexes from here on. */
  readonly from: number;
  /** And below this one; absent: to the newest. */
  readonly below?: number;
  /** Changed after this revision; -1: all. */
  readonly after: number;
  readonly limit: number;
  /** The newest of them; otherwise the oldest. Oldest first either way. */
  readonly newest: boolean;
}

/** C14: what is stored of items. */
export interface ItemReader {
  /** null: there is none of that id. */
  readonly readItem: (conversationId: ConversationId, itemId: string) => ItemRow | null;
  /** Oldest first. */
  readonly readItems: (query: ItemQuery) => readonly ItemRow[];
  /** Those that may still change, oldest first. */
  readonly readOpenItems: (conversationId: ConversationId, limit: number) => readonly ItemRow[];
}

/** A1: items that ended after a revision, of an index from here on, in the order of their revisions. */
export interface EndedItemQuery {
  readonly conversationId: ConversationId;
  readonly from: number;
  readonly after: number;
  readonly limit: number;
}
export interface EndedItemReader {
  readonly readEndedItems: (query: EndedItemQuery) => readonly ItemRow[];
}

/** Of these, the newest that have so many characters together; always one. */
export function newestWithin(rows: readonly ItemRow[], chars: number): readonly ItemRow[] {
  let left = chars;
  let first = rows.length;
  while (first > 0 && (first === rows.length || left >= (rows[first - 1]?.chars ?? 0))) {
    first -= 1;
    left -= rows[first]?.chars ?? 0;
  }
  return rows.slice(first);
}

/** The same of the oldest. */
export function oldestWithin(rows: readonly ItemRow[], chars: number): readonly ItemRow[] {
  let left = chars;
  const over = rows.findIndex((row, at) => {
    left -= row.chars;
    return left < 0 && at > 0;
  });
  return over === -1 ? rows : rows.slice(0, over);
}
