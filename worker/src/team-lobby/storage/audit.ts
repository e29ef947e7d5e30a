import { type AgentUid, type AuditEntry, AuditEntrySchema } from '@muster/protocol';
import * as z from 'zod';
import type { AuditStore } from '../../audit/audit-log.ts';
import type { Head } from '../../audit/core/chain.ts';
import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import type { Storage } from './sqlite.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS audit_head (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL, mac TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS audit_waiting (sequence INTEGER PRIMARY KEY, entry TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS audit_rooms (agent_uid TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
`;

const HeadSchema = z.object({ sequence: z.number(), mac: z.string() });
const LastSchema = z.object({ last: z.number().nullable() });

/** X8: the pending part of the audit log, in the lobby's Durable Object. */
export class SqliteAuditStore implements AuditStore {
  readonly #storage: Storage;
  readonly #sql: CountedSql;
  #head: Head | null;
  /** The number of the newest entry, written or not. */
  #last: number;

  constructor(storage: Storage, meter: Pick<Meter, 'countRows'>) {
    this.#storage = storage;
    this.#sql = new CountedSql(storage, meter, TABLES);
    const [head] = this.#sql.run('SELECT sequence, mac FROM audit_head').toArray();
    this.#head = head === undefined ? null : HeadSchema.parse(head);
    const [waiting] = this.#sql.run('SELECT max(sequence) AS last FROM audit_waiting').toArray();
    this.#last = LastSchema.parse(waiting ?? { last: null }).last ?? this.#written;
  }

  get #written(): number {
    return this.#head?.sequence ?? 0;
  }

  head(): Head | null {
    return this.#head;
  }

  get hasPending(): boolean {
    return this.#last > this.#written;
  }

  append(entry: AuditEntry): void {
    this.#sql.run('INSERT INTO audit_waiting VALUES (?, ?)', this.#last + 1, JSON.stringify(entry));
    this.#last += 1;
  }

  takeFromRoom(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): number {
    const [row] = this.#sql.run('SELECT last FROM audit_rooms WHERE agent_uid = ?', agentUid).toArray();
    const highest = LastSchema.parse(row ?? { last: 0 }).last ?? 0;
    const fresh = entries.slice(Math.max(0, highest + 1 - first));
    if (fresh.length === 0) return highest;
    const last = first + entries.length - 1;
    this.#storage.transactionSync(() => {
      for (const entry of fresh) this.append(entry);
      this.#sql.run('INSERT OR REPLACE INTO audit_rooms VALUES (?, ?)', agentUid, last);
    });
    return last;
  }

  pending(limit: number): AuditEntry[] {
    const query = 'SELECT entry FROM audit_waiting WHERE sequence > ? ORDER BY sequence LIMIT ?';
    return this.#sql
      .run(query, this.#written, limit)
      .toArray()
      .map((row) => AuditEntrySchema.parse(JSON.parse(String(row['entry']))));
  }

  markWritten(head: Head): void {
    this.#storage.transactionSync(() => {
      this.#sql.run('INSERT OR REPLACE INTO audit_head VALUES (1, ?, ?)', head.sequence, head.mac);
      this.#sql.run('DELETE FROM audit_waiting WHERE sequence <= ?', head.sequence);
    });
    this.#head = head;
  }
}
