import * as z from 'zod';
import { CountedSql } from '../../counted-sql.ts';
import { type SealedVapidKey, SealedVapidKeySchema } from '../../push/vapid.ts';
import type { Meter } from '../../usage.ts';
import {
  type PushCommit,
  PushJobSchema,
  type PushStore,
  SettingsRowSchema,
  ShownRowSchema,
  type StoredPushes,
  SubscriptionRowSchema,
} from '../core/push/index.ts';
import type { Storage } from './sqlite.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS push_devices (id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS push_settings (id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS push_shown (id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS push_key (id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS outbox (id TEXT PRIMARY KEY, kind TEXT NOT NULL, due_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
`;
const KIND = 'push';
const EntrySchema = z.object({
  id: z.string(),
  dueAt: z.number(),
  until: z.number(),
  tries: z.number(),
  body: PushJobSchema,
});
type Table = 'push_devices' | 'push_settings' | 'push_shown' | 'push_key';

/** C10: devices, settings and the outbox, in the lobby's Durable Object. */
export class SqlitePushStore implements PushStore {
  readonly #storage: Storage;
  readonly #sql: CountedSql;

  constructor(storage: Storage, meter: Pick<Meter, 'countRows'>) {
    this.#storage = storage;
    this.#sql = new CountedSql(storage, meter, TABLES);
  }

  load(): StoredPushes {
    const subscriptions = this.#sql.rows(SubscriptionRowSchema, 'SELECT row FROM push_devices');
    return {
      subscriptions: subscriptions.sort((a, b) => a.createdAt - b.createdAt),
      settings: this.#sql.rows(SettingsRowSchema, 'SELECT row FROM push_settings'),
      shown: this.#sql.rows(ShownRowSchema, 'SELECT row FROM push_shown'),
      entries: this.#sql.rows(EntrySchema, 'SELECT row FROM outbox WHERE kind = ? ORDER BY due_at', KIND),
    };
  }

  commit(change: PushCommit): void {
    this.#storage.transactionSync(() => {
      for (const row of change.subscriptions) this.#put('push_devices', row.subscriptionId, row);
      for (const id of change.dropSubscriptions) this.#drop('push_devices', id);
      for (const row of change.settings) this.#put('push_settings', row.memberId, row);
      for (const id of change.dropSettings) this.#drop('push_settings', id);
      for (const row of change.shown) this.#put('push_shown', row.permissionId, row);
      for (const id of change.dropShown) this.#drop('push_shown', id);
      for (const { id, dueAt, ...rest } of change.entries) {
        const row = JSON.stringify({ id, dueAt, ...rest });
        this.#sql.run('INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?)', id, KIND, dueAt, row);
      }
      for (const id of change.dropEntries) this.#sql.run('DELETE FROM outbox WHERE id = ?', id);
    });
  }

  key(): SealedVapidKey | null {
    return this.#sql.first(SealedVapidKeySchema, 'SELECT row FROM push_key');
  }

  setKey(key: SealedVapidKey): void {
    this.#put('push_key', 'vapid', key);
  }

  #put(table: Table, id: string, row: object): void {
    this.#sql.run(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`, id, JSON.stringify(row));
  }

  #drop(table: Table, id: string): void {
    this.#sql.run(`DELETE FROM ${table} WHERE id = ?`, id);
  }
}
