import type { MemberId } from '@muster/protocol';
import * as z from 'zod';
import { CountedSql } from '../../counted-sql.ts';
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
} from '../core/identity/index.ts';

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
 * Members and sign-ins, in the lobby's Durable Object. Rows are read when needed and not cached: a lobby
 * sleeps most of the time, and a request needs one row. Synchronous; the writes of one call are one
 * transaction.
 */
export class SqliteIdentityStore {
  readonly #sql: CountedSql;

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'countRows'>) {
    this.#sql = new CountedSql(storage, meter, TABLES);
  }

  /** X5: the number of rights changes so far. */
  revision(): number {
    const [row] = this.#sql.run('SELECT revision FROM standing').toArray();
    return row === undefined ? 0 : RevisionSchema.parse(row).revision;
  }

  nextRevision(): number {
    const next = this.revision() + 1;
    this.#sql.run('INSERT OR REPLACE INTO standing VALUES (1, ?)', next);
    return next;
  }

  member(id: string): MemberRow | null {
    return this.#sql.first(MemberRowSchema, 'SELECT row FROM members WHERE member_id = ?', id);
  }

  members(): MemberRow[] {
    return this.#sql.rows(MemberRowSchema, 'SELECT row FROM members');
  }

  putMember(row: MemberRow): void {
    this.#sql.run('INSERT OR REPLACE INTO members VALUES (?, ?)', row.id, JSON.stringify(row));
  }

  session(sid: string): SessionRow | null {
    return this.#sql.first(SessionRowSchema, 'SELECT row FROM sessions WHERE sid = ?', sid);
  }

  sessionsOf(memberId: MemberId): SessionRow[] {
    return this.#sql.rows(SessionRowSchema, 'SELECT row FROM sessions WHERE member_id = ?', memberId);
  }

  putSession(row: SessionRow): void {
    const { sid, memberId, expiresAt } = row;
    const insert = 'INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)';
    this.#sql.run(insert, sid, memberId, expiresAt, JSON.stringify(row));
  }

  dropSession(sid: string): void {
    this.#sql.run('DELETE FROM sessions WHERE sid = ?', sid);
  }

  invitation(id: string): InvitationRow | null {
    return this.#sql.first(InvitationRowSchema, 'SELECT row FROM invitations WHERE id = ?', id);
  }

  invitations(): InvitationRow[] {
    return this.#sql.rows(InvitationRowSchema, 'SELECT row FROM invitations ORDER BY expires_at');
  }

  putInvitation(row: InvitationRow): void {
    const insert = 'INSERT OR REPLACE INTO invitations VALUES (?, ?, ?)';
    this.#sql.run(insert, row.id, row.expiresAt, JSON.stringify(row));
  }

  dropInvitation(id: string): void {
    this.#sql.run('DELETE FROM invitations WHERE id = ?', id);
  }

  token(id: string): TokenRow | null {
    return this.#sql.first(TokenRowSchema, 'SELECT row FROM tokens WHERE id = ?', id);
  }

  tokens(): TokenRow[] {
    return this.#sql.rows(TokenRowSchema, 'SELECT row FROM tokens');
  }

  tokensOf(memberId: MemberId): TokenRow[] {
    return this.#sql.rows(TokenRowSchema, 'SELECT row FROM tokens WHERE member_id = ?', memberId);
  }

  putToken(row: TokenRow): void {
    const insert = 'INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?)';
    this.#sql.run(insert, row.id, row.createdBy, row.expiresAt, JSON.stringify(row));
  }

  dropToken(id: string): void {
    this.#sql.run('DELETE FROM tokens WHERE id = ?', id);
  }

  passkey(id: string): PasskeyRow | null {
    return this.#sql.first(PasskeyRowSchema, 'SELECT row FROM passkeys WHERE id = ?', id);
  }

  passkeysOf(memberId: MemberId): PasskeyRow[] {
    return this.#sql.rows(PasskeyRowSchema, 'SELECT row FROM passkeys WHERE member_id = ?', memberId);
  }

  putPasskey(row: PasskeyRow): void {
    const insert = 'INSERT OR REPLACE INTO passkeys VALUES (?, ?, ?)';
    this.#sql.run(insert, row.id, row.memberId, JSON.stringify(row));
  }

  dropPasskey(id: string): void {
    this.#sql.run('DELETE FROM passkeys WHERE id = ?', id);
  }

  /** Deletes expired invitations, sessions and tokens. Returns the ids of the sessions and tokens. */
  dropExpired(now: number): { readonly sessions: string[]; readonly tokens: string[] } {
    const deleteExpired = (table: string, id: string) =>
      this.#sql
        .run(`DELETE FROM ${table} WHERE expires_at <= ? RETURNING ${id} AS id`, now)
        .toArray()
        .map((row) => String(row['id']));
    deleteExpired('invitations', 'id');
    return { sessions: deleteExpired('sessions', 'sid'), tokens: deleteExpired('tokens', 'id') };
  }
}
