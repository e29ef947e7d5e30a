import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Bundles the command for Node 20 and later. What has native parts, or is small and CommonJS, stays a dependency. */
export async function bundle(outdir: string): Promise<string> {
  mkdirSync(outdir, { recursive: true });
  // Chunks are named after their content, so those of an earlier build would pile up.
  for (const name of readdirSync(outdir)) if (/\.js(\.map)?$/.test(name)) rmSync(join(outdir, name));
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
