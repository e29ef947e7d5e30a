import { AgentUidSchema } from '@muster/protocol';
import * as z from 'zod';
import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import { type PendingPush, RightsChangeSchema } from '../core/identity/index.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS standing_changes (number INTEGER PRIMARY KEY, row TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS standing_behind (agent_uid TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS standing_pushes (number INTEGER PRIMARY KEY, agent_uid TEXT NOT NULL, row TEXT NOT NULL);
`;

const PushRowSchema = z.object({ number: z.number(), agent_uid: AgentUidSchema, row: z.string() });

/** X5: the changes that some rooms may not know yet, each by its room, in the lobby's Durable Object. */
export class SqliteRightsPushStore {
  readonly #sql: CountedSql;

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'countRows'>) {
    this.#sql = new CountedSql(storage, meter, TABLES);
    this.#migrate();
  }

  /** 0.1.0 kept all changes for all rooms that did not know one of them. */
  #migrate(): void {
    const rooms = this.#sql.run('SELECT agent_uid FROM standing_behind LIMIT 1').toArray();
    if (rooms.length > 0)
      this.#sql.run(
        'INSERT INTO standing_pushes (agent_uid, row) SELECT agent_uid, row FROM standing_behind, standing_changes ORDER BY standing_changes.number',
      );
    for (const table of ['standing_behind', 'standing_changes']) this.#sql.run(`DELETE FROM ${table}`);
  }

  /** Oldest first. */
  pending(): PendingPush[] {
    return this.#sql
      .run('SELECT number, agent_uid, row FROM standing_pushes ORDER BY number')
      .toArray()
      .map((found) => {
        const { number, agent_uid: room, row } = PushRowSchema.parse(found);
        return { number, room, change: RightsChangeSchema.parse(JSON.parse(row)) };
      });
  }

  put({ number, room, change }: PendingPush): void {
    const insert = 'INSERT INTO standing_pushes (number, agent_uid, row) VALUES (?, ?, ?)';
    this.#sql.run(insert, number, room, JSON.stringify(change));
  }

  drop(number: number): void {
    this.#sql.run('DELETE FROM standing_pushes WHERE number = ?', number);
  }
}
