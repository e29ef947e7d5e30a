import type { Meter } from '../../usage.ts';
import { type ConnectionRow, ConnectionRowSchema, type ConnectionStore } from '../core/connections.ts';
import type { Storage } from './sqlite.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS connections (who TEXT PRIMARY KEY, until INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
`;

/** L: who connected so often of late that it is to be remembered, in the lobby's Durable Object. */
export class SqliteConnectionStore implements ConnectionStore {
  readonly #sql: Storage['sql'];
  readonly #meter: Pick<Meter, 'wrote'>;

  constructor({ sql }: Pick<Storage, 'sql'>, meter: Pick<Meter, 'wrote'>) {
    this.#sql = sql;
    this.#meter = meter;
    this.#run(TABLES);
  }

  row(who: string): ConnectionRow | null {
    const [row] = this.#run('SELECT row FROM connections WHERE who = ?', who).toArray();
    return row === undefined ? null : ConnectionRowSchema.parse(JSON.parse(String(row['row'])));
  }

  put(row: ConnectionRow, now: number): void {
    this.#run('DELETE FROM connections WHERE until <= ?', now);
    const insert = 'INSERT OR REPLACE INTO connections VALUES (?, ?, ?)';
    this.#run(insert, row.who, row.until, JSON.stringify(row));
  }

  #run(query: string, ...bindings: (string | number)[]) {
    const cursor = this.#sql.exec<Record<string, SqlStorageValue>>(query, ...bindings);
    this.#meter.wrote(cursor.rowsWritten);
    return cursor;
  }
}
