import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import { type BudgetRow, BudgetRowSchema, type BudgetStore } from '../core/budgets.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS connections (who TEXT PRIMARY KEY, until INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
`;

/** L: rate-limit buckets that must outlive the object, in the lobby's Durable Object. */
export class SqliteBudgetStore implements BudgetStore {
  readonly #sql: CountedSql;

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'countRows'>) {
    this.#sql = new CountedSql(storage, meter, TABLES);
  }

  row(who: string): BudgetRow | null {
    return this.#sql.first(BudgetRowSchema, 'SELECT row FROM connections WHERE who = ?', who);
  }

  put(row: BudgetRow, now: number): void {
    this.#sql.run('DELETE FROM connections WHERE until <= ?', now);
    const insert = 'INSERT OR REPLACE INTO connections VALUES (?, ?, ?)';
    this.#sql.run(insert, row.who, row.until, JSON.stringify(row));
  }
}
