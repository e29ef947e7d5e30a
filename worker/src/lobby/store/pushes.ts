import { type AgentUid, AgentUidSchema } from '@muster/protocol';
import type { Meter } from '../../usage.ts';
import { type StandingChange, StandingChangeSchema } from '../core/members/types.ts';
import type { Storage } from './sqlite.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS standing_changes (number INTEGER PRIMARY KEY, row TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS standing_behind (agent_uid TEXT PRIMARY KEY) WITHOUT ROWID;
`;

/** X5: the changes that some rooms may not know yet, and which rooms, in the lobby's Durable Object. */
export class SqlitePushStore {
  readonly #sql: Storage['sql'];
  readonly #meter: Pick<Meter, 'wrote'>;

  constructor({ sql }: Pick<Storage, 'sql'>, meter: Pick<Meter, 'wrote'>) {
    this.#sql = sql;
    this.#meter = meter;
    this.#run(TABLES);
  }

  changes(): StandingChange[] {
    const rows = this.#run('SELECT row FROM standing_changes ORDER BY number').toArray();
    return rows.map((row) => StandingChangeSchema.parse(JSON.parse(String(row['row']))));
  }

  addChanges(changes: readonly StandingChange[]): void {
    for (const change of changes)
      this.#run('INSERT INTO standing_changes (row) VALUES (?)', JSON.stringify(change));
  }

  dropChanges(): void {
    this.#run('DELETE FROM standing_changes');
  }

  behind(): AgentUid[] {
    const rows = this.#run('SELECT agent_uid FROM standing_behind').toArray();
    return rows.map((row) => AgentUidSchema.parse(row['agent_uid']));
  }

  addBehind(rooms: readonly AgentUid[]): void {
    for (const room of rooms) this.#run('INSERT OR IGNORE INTO standing_behind VALUES (?)', room);
  }

  dropBehind(room: AgentUid): void {
    this.#run('DELETE FROM standing_behind WHERE agent_uid = ?', room);
  }

  #run(query: string, ...bindings: string[]) {
    const cursor = this.#sql.exec<Record<string, SqlStorageValue>>(query, ...bindings);
    this.#meter.wrote(cursor.rowsWritten);
    return cursor;
  }
}
