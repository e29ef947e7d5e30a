import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Bundles the command for Node 20 and later. What has native parts, or is small and CommonJS, stays a dependency. */
export async function bundle(outdir: string): Promise<string> {
  await build({
    entryPoints: [join(here, 'src/cli.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['commander', 'node-pty', 'pino', 'ws'],
    sourcemap: true,
    logLevel: 'warning',
  });
  const cli = join(outdir, 'cli.js');
  chmodSync(cli, 0o755);
  return cli;
}

if (import.meta.main) await bundle(join(here, 'dist'));
