import { AgentUidSchema, type TeamId, TeamIdSchema } from '@muster/protocol';
import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import {
  AckRowSchema,
  AgentRequestsSchema,
  AgentRowSchema,
  type Commit,
  HostRowSchema,
  LiveRowSchema,
  type StoredState,
} from '../core/types.ts';
import { SPENT_CODES_TABLE } from './spent-codes.ts';
import type { LobbyStore } from './store.ts';

/** Rows are JSON that zod reads again; a column of its own is only what a query needs. No secondary indexes: each is a row written. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS hosts (host_id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS agents (agent_uid TEXT PRIMARY KEY, created_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS live (agent_uid TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS requests (agent_uid TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS acks (key TEXT PRIMARY KEY, until INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS burials (agent_uid TEXT PRIMARY KEY) WITHOUT ROWID;
  ${SPENT_CODES_TABLE}
`;

export type Storage = Pick<DurableObjectStorage, 'sql' | 'transactionSync'>;

/** The lobby's rows in its Durable Object. */
export class SqliteLobbyStore implements LobbyStore {
  readonly #storage: Storage;
  readonly #sql: CountedSql;
  #team: TeamId | null = null;

  constructor(storage: Storage, meter: Pick<Meter, 'countRows'>) {
    this.#storage = storage;
    this.#sql = new CountedSql(storage, meter, TABLES);
  }

  team(): TeamId | null {
    if (this.#team !== null) return this.#team;
    const [row] = this.#sql.run("SELECT value FROM meta WHERE key = 'team'").toArray();
    this.#team = row === undefined ? null : TeamIdSchema.parse(row['value']);
    return this.#team;
  }

  setTeam(team: TeamId): void {
    this.#team = team;
    this.#sql.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('team', ?)", team);
  }

  load(): StoredState {
    const burials = this.#sql.run('SELECT agent_uid FROM burials').toArray();
    return {
      hosts: this.#sql.rows(HostRowSchema, 'SELECT row FROM hosts'),
      agents: this.#sql.rows(AgentRowSchema, 'SELECT row FROM agents ORDER BY created_at'),
      live: this.#sql.rows(LiveRowSchema, 'SELECT row FROM live'),
      requests: this.#sql.rows(AgentRequestsSchema, 'SELECT row FROM requests'),
      acks: this.#sql.rows(AckRowSchema, 'SELECT row FROM acks ORDER BY until'),
      deletions: burials.map((row) => AgentUidSchema.parse(row['agent_uid'])),
    };
  }

  commit(change: Commit): void {
    this.#storage.transactionSync(() => {
      this.#commitAgents(change);
      for (const row of change.hosts ?? [])
        this.#sql.run('INSERT OR REPLACE INTO hosts VALUES (?, ?)', row.hostId, JSON.stringify(row));
      for (const hostId of change.dropHosts ?? [])
        this.#sql.run('DELETE FROM hosts WHERE host_id = ?', hostId);
      for (const row of change.live ?? [])
        this.#sql.run('INSERT OR REPLACE INTO live VALUES (?, ?)', row.agentUid, JSON.stringify(row));
      this.#commitRequests(change);
      for (const key of change.dropAcks ?? []) this.#sql.run('DELETE FROM acks WHERE key = ?', key);
      for (const row of change.acks ?? [])
        this.#sql.run(
          'INSERT OR REPLACE INTO acks VALUES (?, ?, ?)',
          row.key,
          row.until,
          JSON.stringify(row),
        );
      for (const uid of change.deletions ?? [])
        this.#sql.run('INSERT OR IGNORE INTO burials VALUES (?)', uid);
      for (const uid of change.dropDeletions ?? [])
        this.#sql.run('DELETE FROM burials WHERE agent_uid = ?', uid);
      for (const { id, expiresAt } of change.usedCodes ?? [])
        this.#sql.run('INSERT OR IGNORE INTO spent VALUES (?, ?)', id, expiresAt);
    });
  }

  #commitAgents({ agents, dropAgents }: Commit): void {
    for (const row of agents ?? []) {
      const { agentUid } = row.spec;
      this.#sql.run(
        'INSERT OR REPLACE INTO agents VALUES (?, ?, ?)',
        agentUid,
        row.createdAt,
        JSON.stringify(row),
      );
    }
    for (const uid of dropAgents ?? []) {
      this.#sql.run('DELETE FROM agents WHERE agent_uid = ?', uid);
      this.#sql.run('DELETE FROM live WHERE agent_uid = ?', uid);
      this.#sql.run('DELETE FROM requests WHERE agent_uid = ?', uid);
    }
  }

  #commitRequests({ requests }: Commit): void {
    for (const row of requests ?? []) {
      if (row.requests.length === 0) this.#sql.run('DELETE FROM requests WHERE agent_uid = ?', row.agentUid);
      else this.#sql.run('INSERT OR REPLACE INTO requests VALUES (?, ?)', row.agentUid, JSON.stringify(row));
    }
  }

  isUsed(code: string): boolean {
    return this.#sql.run('SELECT code FROM spent WHERE code = ?', code).toArray().length > 0;
  }

  spend(code: string, expiresAt: number, now: number): boolean {
    this.#sql.run('DELETE FROM spent WHERE until <= ?', now);
    if (expiresAt <= now) return false;
    const insert = 'INSERT OR IGNORE INTO spent VALUES (?, ?) RETURNING code';
    return this.#sql.run(insert, code, expiresAt).toArray().length === 1;
  }
}
