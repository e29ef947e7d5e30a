import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import type { OneTimeCode } from '../core/identity/index.ts';

/** The lobby's own store uses it too: hosts are enrolled by such codes. */
export const SPENT_CODES_TABLE =
  'CREATE TABLE IF NOT EXISTS spent (code TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;';

/** X15: the one-time codes that were used, until they expire, in the lobby's Durable Object. */
export class SqliteSpentCodeStore {
  readonly #sql: CountedSql;

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'countRows'>) {
    this.#sql = new CountedSql(storage, meter, SPENT_CODES_TABLE);
  }

  isSpent(code: string, now: number): boolean {
    const query = 'SELECT 1 FROM spent WHERE code = ? AND until > ?';
    return this.#sql.run(query, code, now).toArray().length === 1;
  }

  put({ code, expiresAt }: OneTimeCode, now: number): void {
    this.#sql.run('DELETE FROM spent WHERE until <= ?', now);
    this.#sql.run('INSERT OR REPLACE INTO spent VALUES (?, ?)', code, expiresAt);
  }
}
