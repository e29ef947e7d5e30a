import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import { claimsNow, type KeptStanding, KeptStandingSchema, type MemberClaims } from '../core/standings.ts';

const KNOWN = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'standings'";
const TABLE = 'CREATE TABLE IF NOT EXISTS standings (key TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID';

/** X5: the changes to who may do what of the last hour, in the room's Durable Object. */
export class SqliteStandings {
  readonly #sql: CountedSql;
  readonly #kept = new Map<string, KeptStanding>();

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'countRows'>) {
    this.#sql = new CountedSql(storage, meter);
    // Most rooms never hear of one, and a tombstone must stay one (N1).
    if (this.#sql.run(KNOWN).toArray().length === 0) return;
    for (const kept of this.#sql.rows(KeptStandingSchema, 'SELECT row FROM standings'))
      this.#kept.set(kept.key, kept);
  }

  /** What claims say now; null: they let nobody in any more. */
  after(claims: MemberClaims): MemberClaims | null {
    return claimsNow([...this.#kept.values()], claims);
  }

  /** In place of an older one of the same key; those whose time is over go. `now`: ms since 1970. */
  add(kept: readonly KeptStanding[], now: number): void {
    this.#sql.run(TABLE);
    for (const one of kept) {
      const known = this.#kept.get(one.key);
      if (known !== undefined && known.change.revision >= one.change.revision) continue;
      this.#kept.set(one.key, one);
      this.#sql.run('INSERT OR REPLACE INTO standings VALUES (?, ?)', one.key, JSON.stringify(one));
    }
    for (const { key, until } of [...this.#kept.values()]) {
      if (until > now) continue;
      this.#kept.delete(key);
      this.#sql.run('DELETE FROM standings WHERE key = ?', key);
    }
  }
}
