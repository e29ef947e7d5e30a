import { type AgentUid, AgentUidSchema } from '@muster/protocol';
import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import { type StandingChange, StandingChangeSchema } from '../core/members/types.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS standing_changes (number INTEGER PRIMARY KEY, row TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS standing_behind (agent_uid TEXT PRIMARY KEY) WITHOUT ROWID;
`;

/** X5: the changes that some rooms may not know yet, and which rooms, in the lobby's Durable Object. */
export class SqlitePushStore {
  readonly #sql: CountedSql;

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'wrote'>) {
    this.#sql = new CountedSql(storage, meter, TABLES);
  }

  changes(): StandingChange[] {
    return this.#sql.rows(StandingChangeSchema, 'SELECT row FROM standing_changes ORDER BY number');
  }

  addChanges(changes: readonly StandingChange[]): void {
    for (const change of changes)
      this.#sql.run('INSERT INTO standing_changes (row) VALUES (?)', JSON.stringify(change));
  }

  dropChanges(): void {
    this.#sql.run('DELETE FROM standing_changes');
  }

  behind(): AgentUid[] {
    const rows = this.#sql.run('SELECT agent_uid FROM standing_behind').toArray();
    return rows.map((row) => AgentUidSchema.parse(row['agent_uid']));
  }

  addBehind(rooms: readonly AgentUid[]): void {
    for (const room of rooms) this.#sql.run('INSERT OR IGNORE INTO standing_behind VALUES (?)', room);
  }

  dropBehind(room: AgentUid): void {
    this.#sql.run('DELETE FROM standing_behind WHERE agent_uid = ?', room);
  }
}
