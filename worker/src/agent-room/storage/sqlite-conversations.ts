import { type ConversationId, ItemSchema } from '@muster/protocol';
import * as z from 'zod';
import type { Meter } from '../../usage.ts';
import {
  type ConversationCommit,
  ConversationRecordSchema,
  type EndedItemQuery,
  type ItemQuery,
  type ItemRow,
  PermissionRecordSchema,
} from '../core/conversations/index.ts';
import type { StoredRoom } from '../core/stored-room.ts';

const RecordRowSchema = z.object({ record: z.string() });
const ItemRowSchema = z.object({ place: z.number(), revision: z.number(), item: z.string() });

/** The rows of a room's conversations, in the tables and within the transactions of its store. */
export class SqliteConversations {
  readonly #sql: SqlStorage;
  readonly #meter: Pick<Meter, 'countRows'>;

  constructor(sql: SqlStorage, meter: Pick<Meter, 'countRows'>) {
    this.#sql = sql;
    this.#meter = meter;
  }

  load(): Pick<StoredRoom, 'conversations' | 'permissions'> {
    return {
      conversations: this.#records('conversations').map((row) => ConversationRecordSchema.parse(row)),
      permissions: this.#records('permissions').map((row) => PermissionRecordSchema.parse(row)),
    };
  }

  #records(table: 'conversations' | 'permissions'): unknown[] {
    const rows = this.#sql.exec(`SELECT record FROM ${table}`).toArray();
    return rows.map((row) => JSON.parse(RecordRowSchema.parse(row).record));
  }

  read(conversationId: ConversationId, itemId: string): ItemRow | null {
    const query = 'SELECT place, revision, item FROM items WHERE conversation = ? AND id = ?';
    const row = this.#sql.exec(query, conversationId, itemId).toArray()[0];
    return row === undefined ? null : itemRow(conversationId, row);
  }

  readAll({
    conversationId,
    from,
    below = Number.MAX_SAFE_INTEGER,
    after,
    limit,
    newest,
  }: ItemQuery): ItemRow[] {
    const order = newest ? 'DESC' : 'ASC';
    const query = `SELECT place, revision, item FROM items
WHERE conversation = ? AND place >= ? AND place < ? AND revision > ? ORDER BY place ${order} LIMIT ?`;
    const rows = this.#sql.exec(query, conversationId, from, below, after, limit).toArray();
    const found = rows.map((row) => itemRow(conversationId, row));
    return newest ? found.reverse() : found;
  }

  readOpen(conversationId: ConversationId, limit: number): ItemRow[] {
    const query = `SELECT place, revision, item FROM items
WHERE conversation = ? AND item ->> '$.endedAt' IS NULL ORDER BY place LIMIT ?`;
    const rows = this.#sql.exec(query, conversationId, limit).toArray();
    return rows.map((row) => itemRow(conversationId, row));
  }

  readEnded({ conversationId, from, after, limit }: EndedItemQuery): ItemRow[] {
    const ended = `SELECT place FROM items
WHERE conversation = ?1 AND place >= ?2 AND revision > ?3 AND item ->> '$.endedAt' IS NOT NULL
ORDER BY revision LIMIT ?4`;
    const query = `SELECT place, revision, item FROM items
WHERE conversation = ?1 AND place IN (${ended}) ORDER BY revision`;
    const rows = this.#sql.exec(query, conversationId, from, after, limit).toArray();
    return rows.map((row) => itemRow(conversationId, row));
  }

  commit({ records, dropped, requests, droppedRequests, items, droppedItems }: ConversationCommit): void {
    for (const id of dropped) {
      this.#write('DELETE FROM items WHERE conversation = ?', id);
      this.#write('DELETE FROM conversations WHERE id = ?', id);
    }
    for (const record of records) this.#put('conversations', record.conversationId, record);
    for (const id of droppedRequests) this.#write('DELETE FROM permissions WHERE id = ?', id);
    for (const record of requests) this.#put('permissions', record.request.permissionId, record);
    for (const { conversationId, below } of droppedItems)
      this.#write('DELETE FROM items WHERE conversation = ? AND place < ?', conversationId, below);
    for (const { conversationId, index, revision, item } of items)
      this.#write(
        `INSERT INTO items (conversation, place, id, revision, item) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (conversation, place) DO UPDATE SET revision = excluded.revision, item = excluded.item`,
        ...[conversationId, index, item.itemId, revision, JSON.stringify(item)],
      );
  }

  #put(table: 'conversations' | 'permissions', id: string, record: object): void {
    this.#write(
      `INSERT INTO ${table} (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record`,
      ...[id, JSON.stringify(record)],
    );
  }

  #write(query: string, ...bindings: unknown[]): void {
    this.#meter.countRows(this.#sql.exec(query, ...bindings).rowsWritten);
  }
}

function itemRow(conversationId: ConversationId, row: unknown): ItemRow {
  const { place: index, revision, item } = ItemRowSchema.parse(row);
  return { conversationId, index, revision, chars: item.length, item: ItemSchema.parse(JSON.parse(item)) };
}
