import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

type Row = Record<string, SqlStorageValue>;

/** A query's rows, as Durable Objects give them. */
interface Cursor {
  readonly rowsWritten: number;
  toArray(): Row[];
  [Symbol.iterator](): Iterator<Row>;
}

const READS = /^\s*(?:SELECT|WITH|PRAGMA)\b/i;

const cursorOf = (rows: Row[], rowsWritten: number): Cursor => ({
  rowsWritten,
  toArray: () => rows,
  [Symbol.iterator]: () => rows[Symbol.iterator](),
});

/** BLOBs come as ArrayBuffers there. */
const asStored = (value: unknown): SqlStorageValue =>
  value instanceof Uint8Array
    ? (value.buffer.slice(value.byteOffset, value.byteOffset + value.length) as ArrayBuffer)
    : (value as SqlStorageValue);

const inputOf = (value: unknown): SQLInputValue =>
  value instanceof ArrayBuffer ? new Uint8Array(value) : (value as SQLInputValue);

/**
 * The storage of one object: SQLite in memory and an alarm. What is written stays in an open transaction until `flush`,
 * when it is durable; `lose` takes it back, as a crash does.
 */
export class SimulatedStorage {
  /** Before each write and each setting of the alarm; it may throw. */
  beforeWrite: () => void = () => {};
  /** Transactions that became durable. */
  commits = 0;
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  #isOpen = false;
  #savepoints = 0;
  #alarm: number | null = null;
  #durableAlarm: number | null = null;

  readonly sql = {
    exec: (query: string, ...bindings: unknown[]): Cursor => this.#execute(query, bindings),
  };

  /** Whether something was written that is not durable yet. */
  get isDirty(): boolean {
    return this.#isOpen || this.#alarm !== this.#durableAlarm;
  }

  /** ms since 1970, as a crash would leave it; null: not set. */
  get durableAlarm(): number | null {
    return this.#durableAlarm;
  }

  /** The platform rings: the alarm is used up. */
  takeAlarm(): void {
    this.#alarm = null;
    this.#durableAlarm = null;
  }

  flush(): void {
    if (this.#isOpen) {
      this.#database.exec('COMMIT');
      this.commits += 1;
    }
    this.#isOpen = false;
    this.#durableAlarm = this.#alarm;
  }

  lose(): void {
    if (this.#isOpen) this.#database.exec('ROLLBACK');
    this.#isOpen = false;
    this.#savepoints = 0;
    this.#alarm = this.#durableAlarm;
  }

  transactionSync<T>(work: () => T): T {
    this.#begin();
    this.#savepoints += 1;
    const name = `s${this.#savepoints}`;
    this.#database.exec(`SAVEPOINT ${name}`);
    try {
      const result = work();
      this.#database.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      // A crash has rolled all of it back already.
      if (this.#isOpen) this.#database.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      this.#savepoints = Math.max(0, this.#savepoints - 1);
    }
  }

  async getAlarm(): Promise<number | null> {
    return this.#alarm;
  }

  setAlarm(at: number): Promise<void> {
    this.beforeWrite();
    this.#alarm = at;
    return Promise.resolve();
  }

  deleteAlarm(): Promise<void> {
    this.beforeWrite();
    this.#alarm = null;
    return Promise.resolve();
  }

  deleteAll(): Promise<void> {
    this.beforeWrite();
    this.#begin();
    const tables = this.#database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all();
    for (const { name } of tables) this.#database.exec(`DROP TABLE "${String(name)}"`);
    this.#statements.clear();
    return Promise.resolve();
  }

  #begin(): void {
    if (this.#isOpen) return;
    this.#database.exec('BEGIN');
    this.#isOpen = true;
  }

  #execute(query: string, bindings: readonly unknown[]): Cursor {
    if (READS.test(query)) return cursorOf(this.#all(query, bindings), 0);
    this.beforeWrite();
    this.#begin();
    if (bindings.length === 0 && query.includes(';')) {
      this.#database.exec(query);
      return cursorOf([], 0);
    }
    if (/\bRETURNING\b/i.test(query)) {
      const rows = this.#all(query, bindings);
      return cursorOf(rows, rows.length);
    }
    const { changes } = this.#statement(query).run(...bindings.map(inputOf));
    return cursorOf([], Number(changes));
  }

  #all(query: string, bindings: readonly unknown[]): Row[] {
    return this.#statement(query)
      .all(...bindings.map(inputOf))
      .map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, asStored(value)])));
  }

  #statement(query: string): StatementSync {
    const known = this.#statements.get(query) ?? this.#database.prepare(query);
    this.#statements.set(query, known);
    return known;
  }
}
