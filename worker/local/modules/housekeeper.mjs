import { DurableObject } from 'cloudflare:workers';
import api from '../../dist/index.js';

/** How often old history is forgotten, ms. */
const TIDY_MS = 3_600_000;

const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "''")}'`;

/**
 * Applies what is missing, each migration in one transaction with its entry in wrangler's own table, so that
 * `wrangler d1 migrations` and local mode agree on what was applied.
 * @param {import('@cloudflare/workers-types').D1Database} sql
 * @param {import('./env.d.ts').Database} database
 */
async function migrate(sql, { table, migrations }) {
  await sql
    .prepare(
      `CREATE TABLE IF NOT EXISTS "${table}" (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, ` +
        'applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    )
    .run();
  const { results } = await sql.prepare(`SELECT name FROM "${table}"`).all();
  const applied = new Set(results.map((row) => row.name));
  for (const { name, statements } of migrations.filter((migration) => !applied.has(migration.name))) {
    const all = [...statements, `INSERT INTO "${table}" (name) VALUES (${quoted(name)})`];
    await sql.batch(all.map((statement) => sql.prepare(statement)));
  }
}

/**
 * Does from inside what a deployment does from outside: migrations before the first request, and the cron of
 * wrangler.toml by its alarm. So nothing needs to listen for them (X17).
 * @extends {DurableObject<import('./env.d.ts').Env>}
 */
export class Housekeeper extends DurableObject {
  /** Resolves when every database is up to date. */
  begin() {
    return this.ctx.blockConcurrencyWhile(async () => {
      for (const database of this.env.DATABASES) await migrate(this.env[database.binding], database);
      await this.ctx.storage.setAlarm(Date.now());
    });
  }

  /** A tidying that fails is done the next time. */
  async alarm() {
    await this.ctx.storage.setAlarm(Date.now() + TIDY_MS);
    try {
      await api.scheduled({ scheduledTime: Date.now(), cron: '', noRetry() {} }, this.env, this.ctx);
    } catch (error) {
      console.error(`history was not tidied: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
