import type * as z from 'zod';
import type { Meter } from './usage.ts';

type Binding = string | number;

/** Of one of the tables there is, or is not yet. */
const FIRST = /CREATE TABLE IF NOT EXISTS (\w+)/;
const READ_QUERY = /^\s*(?:SELECT|DELETE)\b/i;
const EMPTY_QUERY = 'SELECT 1 WHERE 0';

/** The SQLite of a Durable Object: each row written is counted, because each is paid for. */
export class CountedSql {
  readonly #sql: SqlStorage;
  readonly #meter: Pick<Meter, 'countRows'>;
  /** Statements that make the tables; null: they are there. */
  #tables: string | null;

  /**
   * `tables`: made by the first row that is written, so that an object that a wrong call woke stores nothing (X14). Until
   * then every query finds nothing.
   */
  constructor(
    { sql }: Pick<DurableObjectStorage, 'sql'>,
    meter: Pick<Meter, 'countRows'>,
    tables: string | null = null,
  ) {
    this.#sql = sql;
    this.#meter = meter;
    this.#tables = tables;
  }

  run(query: string, ...bindings: Binding[]) {
    if (!this.#ensureTables(query)) return this.#sql.exec<Record<string, SqlStorageValue>>(EMPTY_QUERY);
    const cursor = this.#sql.exec<Record<string, SqlStorageValue>>(query, ...bindings);
    this.#meter.countRows(cursor.rowsWritten);
    return cursor;
  }

  /** Whether the tables of this query are there; a query that writes makes them. */
  #ensureTables(query: string): boolean {
    const tables = this.#tables;
    if (tables === null) return true;
    const first = FIRST.exec(tables)?.[1] ?? '';
    const found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?";
    if (READ_QUERY.test(query) && this.#sql.exec(found, first).toArray().length === 0) return false;
    // Also where the first is there: a later version may have more of them.
    this.#tables = null;
    this.#meter.countRows(this.#sql.exec(tables).rowsWritten);
    return true;
  }

  /** The rows' JSON in the column `row`, parsed. */
  rows<T>(schema: z.ZodType<T>, query: string, ...bindings: Binding[]): T[] {
    return this.run(query, ...bindings)
      .toArray()
      .map((row) => schema.parse(JSON.parse(String(row['row']))));
  }

  /** Of the first row; null: there is none. */
  first<T>(schema: z.ZodType<T>, query: string, ...bindings: Binding[]): T | null {
    const [row = null] = this.rows(schema, query, ...bindings);
    return row;
  }
}
