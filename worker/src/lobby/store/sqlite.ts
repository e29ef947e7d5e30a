import { AgentUidSchema, type TeamId, TeamIdSchema } from '@muster/protocol';
import type * as z from 'zod';
import type { Meter } from '../../usage.ts';
import {
  AckRowSchema,
  AgentRowSchema,
  type Commit,
  type Durable,
  HostRowSchema,
  LiveRowSchema,
} from '../core/types.ts';
import type { LobbyStore } from './store.ts';

/** Rows are JSON that zod reads again; a column of its own is only what a query needs. No secondary indexes: each is a row written. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS hosts (host_id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS agents (agent_uid TEXT PRIMARY KEY, created_at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS live (agent_uid TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS acks (key TEXT PRIMARY KEY, until INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS burials (agent_uid TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS spent (code TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
`;

export type Storage = Pick<DurableObjectStorage, 'sql' | 'transactionSync'>;

/** The lobby's rows in its Durable Object. */
export class SqliteLobbyStore implements LobbyStore {
  readonly #storage: Storage;
  readonly #meter: Pick<Meter, 'wrote'>;

  constructor(storage: Storage, meter: Pick<Meter, 'wrote'>) {
    this.#storage = storage;
    this.#meter = meter;
    this.#run(TABLES);
  }

  team(): TeamId | null {
    const [row] = this.#run("SELECT value FROM meta WHERE key = 'team'").toArray();
    return row === undefined ? null : TeamIdSchema.parse(row['value']);
  }

  setTeam(team: TeamId): void {
    this.#run("INSERT OR REPLACE INTO meta (key, value) VALUES ('team', ?)", team);
  }

  load(): Durable {
    const burials = this.#run('SELECT agent_uid FROM burials').toArray();
    return {
      hosts: this.#rows('SELECT row FROM hosts', HostRowSchema),
      agents: this.#rows('SELECT row FROM agents ORDER BY created_at', AgentRowSchema),
      live: this.#rows('SELECT row FROM live', LiveRowSchema),
      acks: this.#rows('SELECT row FROM acks ORDER BY until', AckRowSchema),
      burials: burials.map((row) => AgentUidSchema.parse(row['agent_uid'])),
    };
  }

  commit(change: Commit): void {
    this.#storage.transactionSync(() => {
      this.#commitAgents(change);
      for (const row of change.hosts ?? [])
        this.#run('INSERT OR REPLACE INTO hosts VALUES (?, ?)', row.hostId, JSON.stringify(row));
      for (const hostId of change.dropHosts ?? []) this.#run('DELETE FROM hosts WHERE host_id = ?', hostId);
      for (const row of change.live ?? [])
        this.#run('INSERT OR REPLACE INTO live VALUES (?, ?)', row.agentUid, JSON.stringify(row));
      for (const key of change.dropAcks ?? []) this.#run('DELETE FROM acks WHERE key = ?', key);
      for (const row of change.acks ?? [])
        this.#run('INSERT OR REPLACE INTO acks VALUES (?, ?, ?)', row.key, row.until, JSON.stringify(row));
      for (const uid of change.burials ?? []) this.#run('INSERT OR IGNORE INTO burials VALUES (?)', uid);
      for (const uid of change.dropBurials ?? []) this.#run('DELETE FROM burials WHERE agent_uid = ?', uid);
    });
  }

  #commitAgents({ agents, dropAgents }: Commit): void {
    for (const row of agents ?? []) {
      const { agentUid } = row.spec;
      this.#run(
        'INSERT OR REPLACE INTO agents VALUES (?, ?, ?)',
        agentUid,
        row.createdAt,
        JSON.stringify(row),
      );
    }
    for (const uid of dropAgents ?? []) {
      this.#run('DELETE FROM agents WHERE agent_uid = ?', uid);
      this.#run('DELETE FROM live WHERE agent_uid = ?', uid);
    }
  }

  spend(code: string, expiresAt: number, now: number): boolean {
    this.#run('DELETE FROM spent WHERE until <= ?', now);
    if (expiresAt <= now) return false;
    const insert = 'INSERT OR IGNORE INTO spent VALUES (?, ?) RETURNING code';
    return this.#run(insert, code, expiresAt).toArray().length === 1;
  }

  #run(query: string, ...bindings: (string | number)[]) {
    const cursor = this.#storage.sql.exec<Record<string, SqlStorageValue>>(query, ...bindings);
    this.#meter.wrote(cursor.rowsWritten);
    return cursor;
  }

  #rows<T>(query: string, schema: z.ZodType<T>): T[] {
    return this.#run(query)
      .toArray()
      .map((row) => schema.parse(JSON.parse(String(row['row']))));
  }
}
