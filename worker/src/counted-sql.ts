import type * as z from 'zod';
import type { Meter } from './usage.ts';

type Binding = string | number;

/** The SQLite of a Durable Object: each row written is counted, because each is paid for. */
export class CountedSql {
  readonly #sql: SqlStorage;
  readonly #meter: Pick<Meter, 'wrote'>;

  constructor({ sql }: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'wrote'>) {
    this.#sql = sql;
    this.#meter = meter;
  }

  run(query: string, ...bindings: Binding[]) {
    const cursor = this.#sql.exec<Record<string, SqlStorageValue>>(query, ...bindings);
    this.#meter.wrote(cursor.rowsWritten);
    return cursor;
  }

  /** What stands as JSON in the column `row`. */
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
