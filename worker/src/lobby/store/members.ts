import type { MemberId } from '@muster/protocol';
import * as z from 'zod';
import type { Meter } from '../../usage.ts';
import {
  type InvitationRow,
  InvitationRowSchema,
  type MemberRow,
  MemberRowSchema,
  type PasskeyRow,
  PasskeyRowSchema,
  type SessionRow,
  SessionRowSchema,
  type TokenRow,
  TokenRowSchema,
} from '../core/members/types.ts';
import type { Storage } from './sqlite.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS members (member_id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (sid TEXT PRIMARY KEY, member_id TEXT NOT NULL, expires_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS invitations (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tokens (id TEXT PRIMARY KEY, member_id TEXT NOT NULL, expires_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS passkeys (id TEXT PRIMARY KEY, member_id TEXT NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS standing (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
`;

const RevisionSchema = z.object({ revision: z.number() });

/**
 * Who is in the team, in the lobby's Durable Object. Read where it is asked for and not kept in memory: a lobby sleeps
 * most of the time, and what it needs of people is one row. Synchronous; the writes of one call are one transaction.
 */
export class SqliteMembersStore {
  readonly #sql: Storage['sql'];
  readonly #meter: Pick<Meter, 'wrote'>;

  constructor({ sql }: Pick<Storage, 'sql'>, meter: Pick<Meter, 'wrote'>) {
    this.#sql = sql;
    this.#meter = meter;
    this.#run(TABLES);
  }

  /** X5: how many changes there were to who may do what. */
  revision(): number {
    const [row] = this.#run('SELECT revision FROM standing').toArray();
    return row === undefined ? 0 : RevisionSchema.parse(row).revision;
  }

  nextRevision(): number {
    const next = this.revision() + 1;
    this.#run('INSERT OR REPLACE INTO standing VALUES (1, ?)', next);
    return next;
  }

  member(id: string): MemberRow | null {
    return this.#first(MemberRowSchema, 'SELECT row FROM members WHERE member_id = ?', id);
  }

  members(): MemberRow[] {
    return this.#all(MemberRowSchema, 'SELECT row FROM members');
  }

  putMember(row: MemberRow): void {
    this.#run('INSERT OR REPLACE INTO members VALUES (?, ?)', row.id, JSON.stringify(row));
  }

  session(sid: string): SessionRow | null {
    return this.#first(SessionRowSchema, 'SELECT row FROM sessions WHERE sid = ?', sid);
  }

  sessionsOf(memberId: MemberId): SessionRow[] {
    return this.#all(SessionRowSchema, 'SELECT row FROM sessions WHERE member_id = ?', memberId);
  }

  putSession(row: SessionRow): void {
    const { sid, memberId, expiresAt } = row;
    const insert = 'INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)';
    this.#run(insert, sid, memberId, expiresAt, JSON.stringify(row));
  }

  dropSession(sid: string): void {
    this.#run('DELETE FROM sessions WHERE sid = ?', sid);
  }

  invitation(id: string): InvitationRow | null {
    return this.#first(InvitationRowSchema, 'SELECT row FROM invitations WHERE id = ?', id);
  }

  invitations(): InvitationRow[] {
    return this.#all(InvitationRowSchema, 'SELECT row FROM invitations ORDER BY expires_at');
  }

  putInvitation(row: InvitationRow): void {
    const insert = 'INSERT OR REPLACE INTO invitations VALUES (?, ?, ?)';
    this.#run(insert, row.id, row.expiresAt, JSON.stringify(row));
  }

  dropInvitation(id: string): void {
    this.#run('DELETE FROM invitations WHERE id = ?', id);
  }

  token(id: string): TokenRow | null {
    return this.#first(TokenRowSchema, 'SELECT row FROM tokens WHERE id = ?', id);
  }

  tokens(): TokenRow[] {
    return this.#all(TokenRowSchema, 'SELECT row FROM tokens');
  }

  tokensOf(memberId: MemberId): TokenRow[] {
    return this.#all(TokenRowSchema, 'SELECT row FROM tokens WHERE member_id = ?', memberId);
  }

  putToken(row: TokenRow): void {
    const insert = 'INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?)';
    this.#run(insert, row.id, row.createdBy, row.expiresAt, JSON.stringify(row));
  }

  dropToken(id: string): void {
    this.#run('DELETE FROM tokens WHERE id = ?', id);
  }

  passkey(id: string): PasskeyRow | null {
    return this.#first(PasskeyRowSchema, 'SELECT row FROM passkeys WHERE id = ?', id);
  }

  passkeysOf(memberId: MemberId): PasskeyRow[] {
    return this.#all(PasskeyRowSchema, 'SELECT row FROM passkeys WHERE member_id = ?', memberId);
  }

  putPasskey(row: PasskeyRow): void {
    const insert = 'INSERT OR REPLACE INTO passkeys VALUES (?, ?, ?)';
    this.#run(insert, row.id, row.memberId, JSON.stringify(row));
  }

  dropPasskey(id: string): void {
    this.#run('DELETE FROM passkeys WHERE id = ?', id);
  }

  /** What nobody used, or renewed, in time. */
  dropExpired(now: number): void {
    for (const table of ['sessions', 'invitations', 'tokens'] as const)
      this.#run(`DELETE FROM ${table} WHERE expires_at <= ?`, now);
  }

  #first<T>(schema: z.ZodType<T>, query: string, ...bindings: (string | number)[]): T | null {
    const [row = null] = this.#all(schema, query, ...bindings);
    return row;
  }

  #all<T>(schema: z.ZodType<T>, query: string, ...bindings: (string | number)[]): T[] {
    return this.#run(query, ...bindings)
      .toArray()
      .map((row) => schema.parse(JSON.parse(String(row['row']))));
  }

  #run(query: string, ...bindings: (string | number)[]) {
    const cursor = this.#sql.exec<Record<string, SqlStorageValue>>(query, ...bindings);
    this.#meter.wrote(cursor.rowsWritten);
    return cursor;
  }
}
