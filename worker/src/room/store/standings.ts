import type { Meter } from '../../usage.ts';
import { claimsNow, type KeptStanding, KeptStandingSchema, type MemberClaims } from '../core/standings.ts';

const KNOWN = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'standings'";
const TABLE = 'CREATE TABLE IF NOT EXISTS standings (key TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID';

/** X5: the changes to who may do what of the last hour, in the room's Durable Object. */
export class SqliteStandings {
  readonly #sql: SqlStorage;
  readonly #meter: Pick<Meter, 'wrote'>;
  readonly #kept = new Map<string, KeptStanding>();

  constructor({ sql }: { readonly sql: SqlStorage }, meter: Pick<Meter, 'wrote'>) {
    this.#sql = sql;
    this.#meter = meter;
    // Most rooms never hear of one, and a tombstone must stay one (N1).
    if (this.#run(KNOWN).toArray().length === 0) return;
    for (const row of this.#run('SELECT row FROM standings').toArray()) {
      const kept = KeptStandingSchema.parse(JSON.parse(String(row['row'])));
      this.#kept.set(kept.key, kept);
    }
  }

  /** What claims say now; null: they let nobody in any more. */
  after(claims: MemberClaims): MemberClaims | null {
    return claimsNow([...this.#kept.values()], claims);
  }

  /** In place of an older one of the same key; those whose time is over go. `now`: ms since 1970. */
  add(kept: readonly KeptStanding[], now: number): void {
    this.#run(TABLE);
    for (const one of kept) {
      const known = this.#kept.get(one.key);
      if (known !== undefined && known.change.revision >= one.change.revision) continue;
      this.#kept.set(one.key, one);
      this.#run('INSERT OR REPLACE INTO standings VALUES (?, ?)', one.key, JSON.stringify(one));
    }
    for (const { key, until } of [...this.#kept.values()]) {
      if (until > now) continue;
      this.#kept.delete(key);
      this.#run('DELETE FROM standings WHERE key = ?', key);
    }
  }

  #run(query: string, ...bindings: string[]) {
    const cursor = this.#sql.exec<Record<string, SqlStorageValue>>(query, ...bindings);
    this.#meter.wrote(cursor.rowsWritten);
    return cursor;
  }
}
