import type { Database } from './database.ts';
import { HISTORY } from './types.ts';

const DAY = 24 * 3_600_000;
/** Rows of one statement, so that none takes long, and statements of one run; what is left is the next run's. */
const PORTION = 500;
const PORTIONS = 100;

const drop = (table: 'commands' | 'events' | 'items') =>
  `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id < ? ORDER BY id LIMIT ${PORTION})`;

/**
 * Forgets commands, steps and what was said that are older than so many days, and agents that were deleted before; not what is on record for good (X8). Resolves to how
 * many rows went. `portions`: statements it may take. @throws Error when D1 does not answer
 */
export async function forgetOld(
  database: Database,
  days: number,
  now: number,
  portions: number = PORTIONS,
): Promise<number> {
  const end = (now - days * DAY) * HISTORY.idsPerMs;
  let gone = 0;
  let left = portions;
  for (const table of ['commands', 'events', 'items'] as const) {
    let changes = PORTION;
    while (changes === PORTION && left > 0) {
      left -= 1;
      const [result] = await database.batch<{ id: number }>([
        database.prepare(`${drop(table)} RETURNING id`).bind(end),
      ]);
      changes = result?.results.length ?? 0;
      gone += changes;
    }
  }
  const forgotten = now - days * DAY;
  return gone + (await forgetConversations(database, forgotten)) + (await forgetAgents(database, forgotten));
}

/** Those in which nothing was said since. */
async function forgetConversations(database: Database, end: number): Promise<number> {
  const old = `SELECT id FROM conversations WHERE id < ?1 AND last_at < ?2 ORDER BY id LIMIT ${PORTION}`;
  const statement = database
    .prepare(`DELETE FROM conversations WHERE id IN (${old}) RETURNING id`)
    .bind(end * HISTORY.idsPerMs, end);
  const [result] = await database.batch<{ id: number }>([statement]);
  return result?.results.length ?? 0;
}

/** Those whose commands are all forgotten, since their end is. */
async function forgetAgents(database: Database, end: number): Promise<number> {
  const ended = `SELECT id FROM agents WHERE deleted_at < ? LIMIT ${PORTION}`;
  const statement = database.prepare(`DELETE FROM agents WHERE id IN (${ended}) RETURNING id`).bind(end);
  const [result] = await database.batch<{ id: number }>([statement]);
  return result?.results.length ?? 0;
}
