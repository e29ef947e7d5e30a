import type { ConversationId } from '@muster/protocol';
import type {
  ConversationCommit,
  ConversationRecord,
  EndedItemQuery,
  ItemQuery,
  ItemRow,
  PermissionRecord,
} from '../core/conversations/index.ts';
import type { StoredRoom } from '../core/stored-room.ts';

/** The twin of `SqliteConversations`. */
export class MemoryConversations {
  readonly #records = new Map<string, ConversationRecord>();
  readonly #requests = new Map<string, PermissionRecord>();
  #items: ItemRow[] = [];

  load(): Pick<StoredRoom, 'conversations' | 'permissions'> {
    return {
      conversations: structuredClone([...this.#records.values()]),
      permissions: structuredClone([...this.#requests.values()]),
    };
  }

  read(conversationId: ConversationId, itemId: string): ItemRow | null {
    return (
      this.#items.find((row) => row.conversationId === conversationId && row.item.itemId === itemId) ?? null
    );
  }

  readAll({ conversationId, from, below = Infinity, after, limit, newest }: ItemQuery): ItemRow[] {
    const found = this.#of(conversationId)
      .filter((row) => row.index >= from && row.index < below && row.revision > after)
      .sort((left, right) => left.index - right.index);
    return newest ? found.slice(-limit) : found.slice(0, limit);
  }

  readOpen(conversationId: ConversationId, limit: number): ItemRow[] {
    const found = this.#of(conversationId).filter(({ item }) => item.endedAt === undefined);
    return found.sort((left, right) => left.index - right.index).slice(0, limit);
  }

  readEnded({ conversationId, from, after, limit }: EndedItemQuery): ItemRow[] {
    return this.#of(conversationId)
      .filter(({ index, revision, item }) => index >= from && revision > after && item.endedAt !== undefined)
      .sort((left, right) => left.revision - right.revision)
      .slice(0, limit);
  }

  #of(conversationId: ConversationId): ItemRow[] {
    return this.#items.filter((row) => row.conversationId === conversationId);
  }

  commit({ records, dropped, requests, droppedRequests, items, droppedItems }: ConversationCommit): void {
    for (const id of dropped) this.#records.delete(id);
    this.#items = this.#items.filter(({ conversationId }) => !dropped.includes(conversationId));
    for (const record of records) this.#records.set(record.conversationId, structuredClone(record));
    for (const id of droppedRequests) this.#requests.delete(id);
    for (const record of requests) this.#requests.set(record.request.permissionId, structuredClone(record));
    for (const { conversationId, below } of droppedItems)
      this.#items = this.#items.filter((row) => row.conversationId !== conversationId || row.index >= below);
    for (const row of items) {
      const at = this.#items.findIndex(
        ({ conversationId, index }) => conversationId === row.conversationId && index === row.index,
      );
      this.#items.splice(at === -1 ? this.#items.length : at, 1, structuredClone(row));
    }
  }

  clear(): void {
    this.#records.clear();
    this.#requests.clear();
    this.#items = [];
  }
}
