import type { ConversationId } from '@muster/protocol';
import type { ItemQuery, ItemRow } from '../core/conversations/index.ts';
import type { StoredRoom } from '../core/stored-room.ts';
import type { Commit, NumberedAuditEntry } from '../core/types.ts';

/** Where a room keeps what must survive a reset; synchronous, as the Durable Object's SQLite is. */
export interface RoomStore {
  load(): StoredRoom;
  /** A stored segment. @throws Error for a slot that is not there: the index and the rows disagree. */
  read(slot: number): Uint8Array;
  /** S14: the kept snapshot, at most 1 MiB. @throws Error where there is none. */
  readSnapshot(): Uint8Array;
  /** S5: a recording's screen. @throws Error where there is none of that id. */
  readKeyframe(id: number): Uint8Array;
  /** C14: null: there is none of that id. */
  readItem(conversationId: ConversationId, itemId: string): ItemRow | null;
  /** C14: oldest first. */
  readItems(query: ItemQuery): ItemRow[];
  /** C15: so many bytes from `offset` on, or up to the end. @throws Error where there is none of that id. */
  readFile(fileId: string, offset: number, length: number): Uint8Array;
  /** X8: audit entries after this number that the lobby has not acked, oldest first; `most` bounds how many. */
  readAudit(after: number, most: number): NumberedAuditEntry[];
  /** All of it or nothing. */
  commit(commit: Commit): void;
  /** N1: removes everything but the tombstone; nothing is committed afterwards. */
  delete(): void;
}
