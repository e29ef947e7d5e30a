import type { ConversationId, ToolItem } from '@muster/protocol';
import type { ConnectionId } from '../types.ts';
import type { ConversationRecord, HistoryMark } from './conversation.ts';
import type { ConversationCommit } from './conversation-commit.ts';
import type { ItemReader, ItemRow } from './item-row.ts';
import type { PermissionRecord } from './permission.ts';

/** The part of a room that is changed here. */
interface ConversationParts {
  readonly conversations: Map<string, ConversationRecord>;
  readonly permissions: Map<string, PermissionRecord>;
}

const keyOf = (conversationId: string, itemId: string): string => `${conversationId} ${itemId}`;

/** What one event changes of the conversations: in memory at once, on disk with the event's transaction. */
export class ConversationWrites {
  private readonly room: ConversationParts;
  private readonly context: ItemReader & { readonly now: number };
  private readonly written = new Map<string, ConversationRecord>();
  private readonly dropped = new Set<ConversationId>();
  private readonly requests = new Map<string, PermissionRecord>();
  private readonly droppedRequests = new Set<string>();
  private readonly items = new Map<string, ItemRow>();
  private readonly droppedItems = new Map<ConversationId, number>();
  /** A1: the lowest index of the items that this event ends, until its record is put. */
  private readonly endedFrom = new Map<ConversationId, number>();
  /** R1: conversations whose readers are told of their state, and readers that just were. */
  readonly changed = new Set<ConversationId>();
  readonly readersSent = new Set<string>();
  listChanged = false;
  /** C9: a tool call that ran and should have asked, told for the first time. */
  tripped: ToolItem | null = null;
  /** C13b: of requests without a conversation, of which the room's report tells. */
  asksChanged = false;

  constructor(room: ConversationParts, context: ItemReader & { readonly now: number }) {
    this.room = room;
    this.context = context;
  }

  /** `shows`: more of it than its items is another now. */
  put(changed: ConversationRecord, shows = true): ConversationRecord {
    const { conversationId } = changed;
    const record = { ...changed, history: this.markedHistory(changed) };
    this.room.conversations.set(conversationId, record);
    this.written.set(conversationId, record);
    if (shows) this.show(conversationId);
    return record;
  }

  /** A1: what history has of it now. `stores`: at once; else with the next that is put, since it may be told again. */
  putHistory(record: ConversationRecord, history: HistoryMark, stores: boolean): void {
    const { conversationId } = record;
    const marked = { ...record, history };
    this.room.conversations.set(conversationId, marked);
    if (stores || this.written.has(conversationId)) this.written.set(conversationId, marked);
  }

  private markedHistory(changed: ConversationRecord): HistoryMark {
    const before = this.room.conversations.get(changed.conversationId);
    const history = before?.history ?? changed.history;
    const ended = this.endedFrom.get(changed.conversationId);
    this.endedFrom.delete(changed.conversationId);
    if (ended === undefined && before !== undefined && isSameToHistory(before, changed)) return history;
    const { from, since, marks, upTo } = history;
    const least = ended === undefined ? from : Math.min(from ?? ended, ended);
    return { upTo, from: least, since: since || this.context.now, marks: marks + 1 };
  }

  show(conversationId: ConversationId): void {
    this.changed.add(conversationId);
    this.listChanged = true;
  }

  /** With its items. */
  drop(conversationId: ConversationId): void {
    this.room.conversations.delete(conversationId);
    this.written.delete(conversationId);
    this.changed.delete(conversationId);
    this.dropped.add(conversationId);
    this.listChanged = true;
  }

  putRequest(record: PermissionRecord): void {
    const { permissionId, conversationId } = record.request;
    this.room.permissions.set(permissionId, record);
    this.requests.set(permissionId, record);
    if (conversationId === undefined) this.asksChanged = true;
    else this.show(conversationId);
  }

  dropRequest(permissionId: string): void {
    this.room.permissions.delete(permissionId);
    this.requests.delete(permissionId);
    this.droppedRequests.add(permissionId);
  }

  /** An item, also one that this event writes: the store has that only afterwards. */
  item(conversationId: ConversationId, itemId: string): ItemRow | null {
    const row =
      this.items.get(keyOf(conversationId, itemId)) ?? this.context.readItem(conversationId, itemId);
    return row === null || row.index < (this.droppedItems.get(conversationId) ?? 0) ? null : row;
  }

  putItem(row: ItemRow): void {
    const key = keyOf(row.conversationId, row.item.itemId);
    this.items.delete(key);
    this.items.set(key, row);
    if (row.item.endedAt === undefined) return;
    const from = this.endedFrom.get(row.conversationId) ?? row.index;
    this.endedFrom.set(row.conversationId, Math.min(from, row.index));
  }

  /** All below this index. */
  dropItems(conversationId: ConversationId, below: number): void {
    this.droppedItems.set(conversationId, below);
    for (const [key, row] of this.items)
      if (row.conversationId === conversationId && row.index < below) this.items.delete(key);
  }

  /** C14: each once, as it is now. */
  get writtenItems(): readonly ItemRow[] {
    return [...this.items.values()];
  }

  get storesAnything(): boolean {
    return [
      this.written,
      this.dropped,
      this.requests,
      this.droppedRequests,
      this.items,
      this.droppedItems,
    ].some(({ size }) => size > 0);
  }

  commit(): { readonly conversations?: ConversationCommit } {
    if (!this.storesAnything) return {};
    return {
      conversations: {
        records: [...this.written.values()],
        dropped: [...this.dropped],
        requests: [...this.requests.values()],
        droppedRequests: [...this.droppedRequests],
        items: this.writtenItems,
        droppedItems: [...this.droppedItems].map(([conversationId, below]) => ({ conversationId, below })),
      },
    };
  }
}

/** A1: what history keeps of it beside what its items change. */
const isSameToHistory = (one: ConversationRecord, other: ConversationRecord): boolean =>
  (one.title ?? one.facts.title) === (other.title ?? other.facts.title) &&
  one.endedAt === other.endedAt &&
  one.members.length === other.members.length;

/** A reader of a conversation that was told of it already. */
export const readerKey = (connection: ConnectionId, conversationId: ConversationId): string =>
  `${connection} ${conversationId}`;
