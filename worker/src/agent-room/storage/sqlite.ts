import { AuditEntrySchema, type ConversationId, EpochSchema } from '@muster/protocol';
import * as z from 'zod';
import type { Meter } from '../../usage.ts';
import {
  type CommandEvent,
  CommandEventSchema,
  type CommandRecord,
  CommandRecordSchema,
} from '../core/commands/index.ts';
import type { ItemQuery, ItemRow } from '../core/conversations/index.ts';
import { ROOM_LIMITS } from '../core/limits.ts';
import type { StoredAudit, StoredRoom } from '../core/stored-room.ts';
import {
  type Commit,
  DurableSchema,
  type KeyframeInfo,
  type NumberedAuditEntry,
  type RequestRecord,
  RequestRecordSchema,
  type SegmentInfo,
  type SnapshotWrite,
} from '../core/types.ts';
import { SqliteConversations } from './sqlite-conversations.ts';
import { FILE_TABLES, SqliteFiles } from './sqlite-files.ts';
import type { RoomStore } from './store.ts';

/**
 * Every table is keyed by what it is looked up by and has no other index, but for items, which come by their ids and are
 * read in their order: each index is one more row written. Segments are upserted into slots, so that a stored tail costs one row (S5). A row's data come last: the
 * index of a recording is read without them.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS room (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS segments (
slot INTEGER PRIMARY KEY,
position INTEGER NOT NULL,
epoch TEXT NOT NULL,
first INTEGER NOT NULL,
last INTEGER NOT NULL,
at REAL NOT NULL,
data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshot (
id INTEGER PRIMARY KEY CHECK (id = 1),
epoch TEXT NOT NULL,
sequence INTEGER NOT NULL,
data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (number INTEGER PRIMARY KEY, entry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS commands (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS command_events (
slot INTEGER PRIMARY KEY,
number INTEGER NOT NULL,
event TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS keyframes (
id INTEGER PRIMARY KEY,
epoch TEXT NOT NULL,
sequence INTEGER NOT NULL,
time REAL NOT NULL,
data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS permissions (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
conversation TEXT NOT NULL,
place INTEGER NOT NULL,
id TEXT NOT NULL,
revision INTEGER NOT NULL,
item TEXT NOT NULL,
PRIMARY KEY (conversation, place)
);
CREATE UNIQUE INDEX IF NOT EXISTS items_by_id ON items (conversation, id);
${FILE_TABLES}`;

const SegmentRowSchema = z.object({
  slot: z.number(),
  position: z.number(),
  epoch: z.string(),
  first: z.number(),
  last: z.number(),
  bytes: z.number(),
  at: z.number(),
});
const SnapshotRowSchema = z.object({ epoch: EpochSchema, sequence: z.number(), bytes: z.number() });
const AuditRowSchema = z.object({ number: z.number(), entry: z.string() });
/** N1: the table itself is the tombstone; it needs no row. */
const TOMBSTONE = 'CREATE TABLE IF NOT EXISTS buried (id INTEGER PRIMARY KEY)';

const EMPTY: StoredRoom = {
  deleted: false,
  durable: null,
  segments: [],
  requests: [],
  snapshot: null,
  keyframes: [],
  audit: { pending: [], last: 0 },
  commands: [],
  commandEvents: [],
  conversations: [],
  permissions: [],
  files: [],
};
const KeyframeRowSchema = SnapshotRowSchema.extend({ id: z.number(), time: z.number() });
const TextSchema = z.object({ text: z.string() });
const DataSchema = z.object({ data: z.instanceof(ArrayBuffer) });

export class SqliteRoomStore implements RoomStore {
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;
  private readonly meter: Pick<Meter, 'countRows'>;
  private readonly items: SqliteConversations;
  private readonly files: SqliteFiles;
  /** The first commit makes the tables, so that an object woken under an unknown name leaves nothing behind. */
  private prepared: boolean;

  constructor(storage: DurableObjectStorage, meter: Pick<Meter, 'countRows'>) {
    this.storage = storage;
    this.meter = meter;
    this.sql = storage.sql;
    this.items = new SqliteConversations(storage.sql, meter);
    this.files = new SqliteFiles(storage.sql, meter);
    this.prepared = this.hasTable('room');
    const newest = ['command_events', 'audit', 'keyframes', 'items', 'files'];
    if (this.prepared && !newest.every((table) => this.hasTable(table))) this.upgrade();
  }

  /** A room of before there were snapshots, commands, an audit or recordings: what it stored counts as stored now. */
  private upgrade(): void {
    const timed = "SELECT 1 FROM pragma_table_info('segments') WHERE name = 'at'";
    const old = this.sql.exec(timed).toArray().length === 0;
    if (old) this.write('ALTER TABLE segments RENAME TO segments_before');
    this.write(SCHEMA);
    if (!old) return;
    this.write(
      `INSERT INTO segments (slot, position, epoch, first, last, at, data)
SELECT slot, position, epoch, first, last, ?, data FROM segments_before`,
      Date.now(),
    );
    this.write('DROP TABLE segments_before');
  }

  private hasTable(table: string): boolean {
    return this.sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', table).toArray().length > 0;
  }

  load(): StoredRoom {
    if (!this.prepared) return { ...EMPTY, deleted: this.hasTable('buried') };
    const room = this.sql.exec('SELECT state AS text FROM room').toArray()[0];
    const segments = this.sql.exec(
      'SELECT slot, position, epoch, first, last, length(data) AS bytes, at FROM segments',
    );
    const requests = this.sql.exec('SELECT record AS text FROM requests');
    const snapshot = this.sql
      .exec('SELECT epoch, sequence, length(data) AS bytes FROM snapshot')
      .toArray()[0];
    const commands = this.sql.exec('SELECT record AS text FROM commands');
    const durable = room === undefined ? null : DurableSchema.parse(json(room));
    const events = this.sql.exec(
      'SELECT event AS text FROM command_events WHERE number > ? ORDER BY number',
      durable?.outbox.taken ?? 0,
    );
    const keyframes = this.sql.exec('SELECT id, epoch, sequence, time, length(data) AS bytes FROM keyframes');
    return {
      deleted: false,
      durable,
      segments: segments.toArray().map((row): SegmentInfo => SegmentRowSchema.parse(row)),
      requests: requests.toArray().map((row): RequestRecord => RequestRecordSchema.parse(json(row))),
      snapshot: snapshot === undefined ? null : SnapshotRowSchema.parse(snapshot),
      keyframes: keyframes.toArray().map((row): KeyframeInfo => KeyframeRowSchema.parse(row)),
      audit: this.audit(),
      commands: commands.toArray().map((row): CommandRecord => CommandRecordSchema.parse(json(row))),
      commandEvents: events.toArray().map((row): CommandEvent => CommandEventSchema.parse(json(row))),
      ...this.items.load(),
      files: this.files.load(),
    };
  }

  /** The newest row stays, emptied, when the lobby holds it: it is where the numbers go on. */
  private audit(): StoredAudit {
    const newest = this.sql.exec('SELECT number, entry FROM audit ORDER BY number DESC LIMIT 1').toArray()[0];
    const last = newest === undefined ? 0 : AuditRowSchema.parse(newest).number;
    return { pending: this.readAudit(0, ROOM_LIMITS.auditPending), last };
  }

  readAudit(after: number, most: number): NumberedAuditEntry[] {
    const query = "SELECT number, entry FROM audit WHERE number > ? AND entry <> '' ORDER BY number LIMIT ?";
    return this.sql
      .exec(query, after, most)
      .toArray()
      .map((row) => AuditRowSchema.parse(row))
      .map(({ number, entry }) => ({ number, entry: AuditEntrySchema.parse(JSON.parse(entry)) }));
  }

  read(slot: number): Uint8Array {
    const row = this.sql.exec('SELECT data FROM segments WHERE slot = ?', slot).toArray()[0];
    if (row === undefined) throw new Error(`segment ${slot} is not stored`);
    return new Uint8Array(DataSchema.parse(row).data);
  }

  readSnapshot(): Uint8Array {
    const row = this.sql.exec('SELECT data FROM snapshot').toArray()[0];
    if (row === undefined) throw new Error('no snapshot is stored');
    return new Uint8Array(DataSchema.parse(row).data);
  }

  readKeyframe(id: number): Uint8Array {
    const row = this.sql.exec('SELECT data FROM keyframes WHERE id = ?', id).toArray()[0];
    if (row === undefined) throw new Error(`keyframe ${id} is not stored`);
    return new Uint8Array(DataSchema.parse(row).data);
  }

  readItem(conversationId: ConversationId, itemId: string): ItemRow | null {
    return this.items.read(conversationId, itemId);
  }

  readItems(query: ItemQuery): ItemRow[] {
    return this.items.readAll(query);
  }

  readFile(fileId: string, offset: number, length: number): Uint8Array {
    return this.files.read(fileId, offset, length);
  }

  commit(commit: Commit): void {
    this.storage.transactionSync(() => {
      if (!this.prepared) this.write(SCHEMA);
      this.prepared = true;
      for (const slot of commit.dropSlots ?? []) this.write('DELETE FROM segments WHERE slot = ?', slot);
      for (const { slot, position, epoch, first, last, data, at } of commit.segments ?? []) {
        this.write(
          `INSERT INTO segments (slot, position, epoch, first, last, data, at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (slot) DO UPDATE SET position = excluded.position, epoch = excluded.epoch,
first = excluded.first, last = excluded.last, data = excluded.data,
at = excluded.at`,
          ...[slot, position, epoch, first, last, data, at],
        );
      }
      for (const key of commit.dropRequests ?? []) this.write('DELETE FROM requests WHERE key = ?', key);
      for (const record of commit.requests ?? []) {
        this.write(
          `INSERT INTO requests (key, record) VALUES (?, ?)
ON CONFLICT (key) DO UPDATE SET record = excluded.record`,
          record.key,
          JSON.stringify(record),
        );
      }
      for (const { number, entry } of commit.audit ?? [])
        this.write('INSERT INTO audit (number, entry) VALUES (?, ?)', number, JSON.stringify(entry));
      if (commit.auditAcked !== undefined) this.dropAudit(commit.auditAcked);
      this.writeCommands(commit);
      if (commit.conversations !== undefined) this.items.commit(commit.conversations);
      if (commit.files !== undefined) this.files.commit(commit.files);
      if (commit.snapshot !== undefined) this.writeSnapshot(commit.snapshot);
      for (const id of commit.dropKeyframes ?? []) this.write('DELETE FROM keyframes WHERE id = ?', id);
      for (const { id, epoch, sequence, time, data } of commit.keyframes ?? [])
        this.write(
          'INSERT INTO keyframes (id, epoch, sequence, time, data) VALUES (?, ?, ?, ?, ?)',
          ...[id, epoch, sequence, time, data],
        );
      if (commit.durable !== undefined) {
        this.write(
          `INSERT INTO room (id, state) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state`,
          JSON.stringify(commit.durable),
        );
      }
    });
  }

  private dropAudit(held: number): void {
    this.write('DELETE FROM audit WHERE number < ?', held);
    this.write("UPDATE audit SET entry = '' WHERE number = ?", held);
  }

  /** What was taken is not deleted: its slot is used again, which is one row written instead of two. */
  private writeCommands({ commands = [], dropCommands = [], commandEvents = [] }: Commit): void {
    for (const id of dropCommands) this.write('DELETE FROM commands WHERE id = ?', id);
    for (const record of commands) {
      this.write(
        `INSERT INTO commands (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record`,
        record.commandId,
        JSON.stringify(record),
      );
    }
    for (const event of commandEvents) {
      this.write(
        `INSERT INTO command_events (slot, number, event) VALUES (?, ?, ?)
ON CONFLICT (slot) DO UPDATE SET number = excluded.number, event = excluded.event`,
        ...[event.number % ROOM_LIMITS.commandEvents, event.number, JSON.stringify(event)],
      );
    }
  }

  /** A reset between the two statements leaves an empty room; its lobby got no answer and deletes it again. */
  delete(): void {
    void this.storage.deleteAll();
    this.prepared = false;
    this.write(TOMBSTONE);
  }

  private writeSnapshot(snapshot: SnapshotWrite | null): void {
    if (snapshot === null) return this.write('DELETE FROM snapshot');
    this.write(
      `INSERT INTO snapshot (id, epoch, sequence, data) VALUES (1, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence, data = excluded.data`,
      ...[snapshot.epoch, snapshot.sequence, snapshot.data],
    );
  }

  private write(query: string, ...bindings: unknown[]): void {
    this.meter.countRows(this.sql.exec(query, ...bindings).rowsWritten);
  }
}

/** The JSON of a `text` column; what it holds is for the caller's schema. */
function json(row: unknown): unknown {
  return JSON.parse(TextSchema.parse(row).text);
}
