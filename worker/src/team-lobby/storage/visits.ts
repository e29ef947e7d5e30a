import { AgentUidSchema } from '@muster/protocol';
import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import { EVERY_ROOM, type Visit, type Visited } from '../core/identity/index.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS visits (sid TEXT NOT NULL, agent_uid TEXT NOT NULL, PRIMARY KEY (sid, agent_uid)) WITHOUT ROWID;
`;

/** X18: the rooms that each sign-in has been in, in the lobby's Durable Object. */
export class SqliteVisitStore {
  readonly #sql: CountedSql;

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'countRows'>) {
    this.#sql = new CountedSql(storage, meter, TABLES);
  }

  add({ sid, room }: Visit): void {
    this.#sql.run('INSERT OR IGNORE INTO visits VALUES (?, ?)', sid, room);
  }

  of(sid: string): Visited {
    const rows = this.#sql.run('SELECT agent_uid FROM visits WHERE sid = ?', sid).toArray();
    const rooms = rows.map((row) => String(row['agent_uid']));
    if (rooms.includes(EVERY_ROOM)) return EVERY_ROOM;
    return rooms.map((room) => AgentUidSchema.parse(room));
  }

  drop(sid: string): void {
    this.#sql.run('DELETE FROM visits WHERE sid = ?', sid);
  }
}
