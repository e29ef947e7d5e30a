import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import wrangler from 'wrangler';
import { ROOT } from '../lib/repo.mjs';

/** The migrations of one D1 database in wrangler's own order, cut into statements by wrangler's own reader. */
function migrationsOf(database, directory) {
  const folder = resolve(directory, database.migrations_dir ?? 'migrations');
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
  return {
    binding: database.binding,
    table: database.migrations_table ?? 'd1_migrations',
    migrations: names.map((name) => ({
      name,
      statements: wrangler.unstable_splitSqlQuery(readFileSync(join(folder, name), 'utf8')),
    })),
  };
}

/**
 * Writes what a wrangler.toml says as Miniflare's options, so that nothing is configured twice and starting
 * need not load wrangler, which takes a second.
 */
export function writeOptions(configFile, outfile) {
  const config = wrangler.unstable_readConfig({ config: join(ROOT, configFile) });
  const { rootPath: _, ...options } = wrangler.unstable_getMiniflareWorkerOptions(config).workerOptions;
  const databases = config.d1_databases.map((database) =>
    migrationsOf(database, dirname(join(ROOT, configFile))),
  );
  writeFileSync(join(ROOT, outfile), JSON.stringify({ name: config.name, options, databases }, null, 2));
}
