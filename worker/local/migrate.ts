import type { Miniflare } from 'miniflare';
import * as z from 'zod';
import type { Database } from './built.ts';

export type D1 = Awaited<ReturnType<Miniflare['getD1Database']>>;

const RowsSchema = z.array(z.object({ name: z.string() }));
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * Applies what is missing, each migration in one transaction with its entry in wrangler's own table, so that
 * `wrangler d1 migrations` and local mode agree on what was applied. Resolves to the names applied now.
 */
export async function migrate(sql: D1, database: Database): Promise<string[]> {
  const { table, migrations } = database;
  await sql
    .prepare(
      `CREATE TABLE IF NOT EXISTS "${table}" (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, ` +
        'applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    )
    .run();
  const { results } = await sql.prepare(`SELECT name FROM "${table}"`).all();
  const applied = new Set(RowsSchema.parse(results).map((row) => row.name));
  const missing = migrations.filter((migration) => !applied.has(migration.name));
  for (const { name, statements } of missing) {
    const all = [...statements, `INSERT INTO "${table}" (name) VALUES (${quoted(name)})`];
    await sql.batch(all.map((statement) => sql.prepare(statement)));
  }
  return missing.map((migration) => migration.name);
}
