import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../lib/repo.mjs';

/** One ES module for workerd: what the runtime itself provides stays an import. */
export function bundleModule(entry, outfile) {
  return build({
    entryPoints: [join(ROOT, entry)],
    outfile: join(ROOT, outfile),
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2024',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    keepNames: true,
    legalComments: 'none',
    logLevel: 'error',
  });
}
