import type { MemberId } from '@muster/protocol';
import * as z from 'zod';
import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import {
  type IdentityCommit,
  type IdentityStore,
  type IdentityTables,
  InvitationRowSchema,
  MemberRowSchema,
  PasskeyRowSchema,
  type PendingPush,
  ROW_KEYS,
  type RowChange,
  type Rows,
  SessionRowSchema,
  TokenRowSchema,
  type Visited,
} from '../core/identity/index.ts';
import { SqliteBudgetStore } from './budgets.ts';
import { SqliteRightsPushStore } from './rights-pushes.ts';
import { SqliteSpentCodeStore } from './spent-codes.ts';
import { SqliteVisitStore } from './visits.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS members (member_id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (sid TEXT PRIMARY KEY, member_id TEXT NOT NULL, expires_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS invitations (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tokens (id TEXT PRIMARY KEY, member_id TEXT NOT NULL, expires_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS passkeys (id TEXT PRIMARY KEY, member_id TEXT NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS standing (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
`;

const RevisionSchema = z.object({ revision: z.number() });

/** The columns of a table, in order; the last one is the row as JSON. A column of its own is only what a query needs. */
interface Columns<R> {
  readonly id: string;
  readonly member?: 'member_id';
  readonly expiry?: (row: R) => number;
}

/** One table of people. */
class SqliteRows<T extends keyof IdentityTables, R extends IdentityTables[T]> implements Rows<R> {
  readonly #sql: CountedSql;
  readonly #table: T;
  readonly #schema: z.ZodType<R>;
  readonly #columns: Columns<R>;
  readonly #keys: { readonly id: (row: R) => string; readonly member: (row: R) => MemberId };

  constructor(sql: CountedSql, table: T, schema: z.ZodType<R>, columns: Columns<R>) {
    this.#sql = sql;
    this.#table = table;
    this.#schema = schema;
    this.#columns = columns;
    this.#keys = ROW_KEYS[table];
  }

  get(id: string): R | null {
    return this.#sql.first(this.#schema, `${this.#select} WHERE ${this.#columns.id} = ?`, id);
  }

  all(): R[] {
    return this.#sql.rows(this.#schema, this.#select);
  }

  ofMember(memberId: MemberId): R[] {
    const { member } = this.#columns;
    if (member === undefined) return this.all().filter((row) => this.#keys.member(row) === memberId);
    return this.#sql.rows(this.#schema, `${this.#select} WHERE ${member} = ?`, memberId);
  }

  expired(now: number): string[] {
    const { id, expiry } = this.#columns;
    if (expiry === undefined) return [];
    const query = `SELECT ${id} AS id FROM ${this.#table} WHERE expires_at <= ?`;
    return this.#sql
      .run(query, now)
      .toArray()
      .map((row) => String(row['id']));
  }

  apply({ put, drop }: RowChange<R>): void {
    for (const row of put) this.put(row);
    for (const id of drop) this.#sql.run(`DELETE FROM ${this.#table} WHERE ${this.#columns.id} = ?`, id);
  }

  put(row: R): void {
    const { member, expiry } = this.#columns;
    const values = [
      this.#keys.id(row),
      ...(member === undefined ? [] : [this.#keys.member(row)]),
      ...(expiry === undefined ? [] : [expiry(row)]),
      JSON.stringify(row),
    ];
    const places = values.map(() => '?').join(', ');
    this.#sql.run(`INSERT OR REPLACE INTO ${this.#table} VALUES (${places})`, ...values);
  }

  get #select(): string {
    return `SELECT row FROM ${this.#table}`;
  }
}

const expiry = ({ expiresAt }: { readonly expiresAt: number }) => expiresAt;

/** Members and their sign-ins, in the lobby's Durable Object. Rows are read when needed and not cached. */
export class SqliteIdentityStore implements IdentityStore {
  readonly #sql: CountedSql;
  readonly #visits: SqliteVisitStore;
  readonly #pushes: SqliteRightsPushStore;
  readonly #codes: SqliteSpentCodeStore;
  readonly #budgets: SqliteBudgetStore;
  readonly members;
  readonly sessions;
  readonly invitations;
  readonly tokens;
  readonly passkeys;

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'countRows'>) {
    const sql = new CountedSql(storage, meter, TABLES);
    this.#sql = sql;
    this.#visits = new SqliteVisitStore(storage, meter);
    this.#pushes = new SqliteRightsPushStore(storage, meter);
    this.#codes = new SqliteSpentCodeStore(storage, meter);
    this.#budgets = new SqliteBudgetStore(storage, meter);
    const member = 'member_id';
    this.members = new SqliteRows(sql, 'members', MemberRowSchema, { id: 'member_id' });
    this.sessions = new SqliteRows(sql, 'sessions', SessionRowSchema, { id: 'sid', member, expiry });
    this.invitations = new SqliteRows(sql, 'invitations', InvitationRowSchema, { id: 'id', expiry });
    this.tokens = new SqliteRows(sql, 'tokens', TokenRowSchema, { id: 'id', member, expiry });
    this.passkeys = new SqliteRows(sql, 'passkeys', PasskeyRowSchema, { id: 'id', member });
  }

  revision(): number {
    const [row] = this.#sql.run('SELECT revision FROM standing').toArray();
    return row === undefined ? 0 : RevisionSchema.parse(row).revision;
  }

  visited(sid: string): Visited {
    return this.#visits.of(sid);
  }

  isSpent(code: string, now: number): boolean {
    return this.#codes.isSpent(code, now);
  }

  pendingPushes(): PendingPush[] {
    return this.#pushes.pending();
  }

  commit(change: IdentityCommit, now: number): void {
    const { members, sessions, invitations, tokens, passkeys, revision } = change;
    if (members !== undefined) this.members.apply(members);
    if (sessions !== undefined) this.sessions.apply(sessions);
    if (invitations !== undefined) this.invitations.apply(invitations);
    if (tokens !== undefined) this.tokens.apply(tokens);
    if (passkeys !== undefined) this.passkeys.apply(passkeys);
    if (revision !== undefined) this.#sql.run('INSERT OR REPLACE INTO standing VALUES (1, ?)', revision);
    for (const visit of change.visits) this.#visits.add(visit);
    for (const sid of change.dropVisits) this.#visits.drop(sid);
    for (const code of change.codes) this.#codes.put(code, now);
    for (const budget of change.budgets) this.#budgets.put(budget, now);
    for (const push of change.pushes) this.#pushes.put(push);
    for (const number of change.dropPushes) this.#pushes.drop(number);
  }
}
