import { CountedSql } from '../../counted-sql.ts';
import type { Meter } from '../../usage.ts';
import {
  applyCachedRights,
  type CachedRights,
  CachedRightsSchema,
  type MemberClaims,
} from '../core/viewers/index.ts';

const TABLE_EXISTS = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'standings'";
const TABLE = 'CREATE TABLE IF NOT EXISTS standings (key TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID';

/** X5: the access-rights changes of the last hour, in the room's Durable Object. */
export class SqliteRightsCache {
  readonly #sql: CountedSql;
  readonly #cached = new Map<string, CachedRights>();

  constructor(storage: Pick<DurableObjectStorage, 'sql'>, meter: Pick<Meter, 'countRows'>) {
    this.#sql = new CountedSql(storage, meter);
    // Most rooms never get one, and a tombstone must stay without tables (N1).
    if (this.#sql.run(TABLE_EXISTS).toArray().length === 0) return;
    for (const kept of this.#sql.rows(CachedRightsSchema, 'SELECT row FROM standings'))
      this.#cached.set(kept.key, kept);
  }

  /** The claims after all cached changes; null: they no longer give access. */
  currentClaims(claims: MemberClaims): MemberClaims | null {
    return applyCachedRights([...this.#cached.values()], claims);
  }

  /** In place of an older one of the same key; those whose time is over go. `now`: ms since 1970. */
  add(kept: readonly CachedRights[], now: number): void {
    this.#sql.run(TABLE);
    for (const one of kept) {
      const known = this.#cached.get(one.key);
      if (known !== undefined && known.change.revision >= one.change.revision) continue;
      this.#cached.set(one.key, one);
      this.#sql.run('INSERT OR REPLACE INTO standings VALUES (?, ?)', one.key, JSON.stringify(one));
    }
    for (const { key, until } of [...this.#cached.values()]) {
      if (until > now) continue;
      this.#cached.delete(key);
      this.#sql.run('DELETE FROM standings WHERE key = ?', key);
    }
  }
}
