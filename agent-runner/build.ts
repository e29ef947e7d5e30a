import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * Bundles the command for Node 20 and later. What has native parts stays a dependency. Two things keep its processes
 * small (F11): it is cut into chunks, so that each loads what it needs; and these are CommonJS, because to import one
 * of Node's modules is to load all it could export, readline and worker threads among it.
 */
export async function bundle(outdir: string): Promise<string> {
  mkdirSync(outdir, { recursive: true });
  // Chunks are named after their content, so those of an earlier build would pile up.
  for (const name of readdirSync(outdir)) if (/\.js(\.map)?$/.test(name)) rmSync(join(outdir, name));
  const { outputFiles } = await build({
    entryPoints: [join(here, 'src/cli.ts')],
    outdir,
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['node-pty'],
    define: {
      'import.meta.url': '__filename',
      // ws looks for native helpers, which Node has had built in since 18.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) await writeCommonJs(path, text);
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  const cli = join(outdir, 'cli.js');
  chmodSync(cli, 0o755);
  return cli;
}

/** esbuild cuts ES modules only; what it cut is translated chunk by chunk. */
async function writeCommonJs(path: string, text: string): Promise<void> {
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    minify: true,
    sourcemap: 'external',
    sourcefile: basename(path),
  });
  writeFileSync(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`);
  writeFileSync(`${path}.map`, map);
}

if (import.meta.main) await bundle(join(here, 'dist'));
