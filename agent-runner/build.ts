import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin, transform } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** F11: TLS is 3 MB, and ws takes it in whatever it dials; so it is given to it with the first `wss:`. */
const lateTls: Plugin = {
  name: 'late-tls',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:https|tls)$/ }, ({ path }) => ({ path, namespace: 'late' }));
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require('node:${path}')[name] });`,
    }));
  },
};

/** What only one command needs is a bundle of its own, beside the command that `cli.ts` chooses. */
const COMMANDS = ['hook', 'keeper', 'people'] as const;
const apart: Plugin = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/cli\// }, ({ path }) => ({
      path: `./${basename(path, '.ts')}.js`,
      external: true,
    }));
  },
};

/**
 * Bundles the command for Node 20 and later. Packages with native parts stay dependencies. Two things keep its processes
 * small (F11): it is cut into chunks, few, so that each loads what it needs (Node looks at every letter of every path
 * it loads from, until V8 finds that worth optimizing); and these are CommonJS, because to import one of Node's
 * modules is to load all it could export, readline and worker threads among it.
 */
export async function bundle(outdir: string): Promise<string> {
  mkdirSync(outdir, { recursive: true });
  dropOldChunks(outdir);
  await cut('src/cli.ts', outdir, [apart]);
  for (const command of COMMANDS) await cut(`src/cli/${command}.ts`, outdir, [lateTls]);
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  const cli = join(outdir, 'cli.js');
  chmodSync(cli, 0o755);
  return cli;
}

/** How long keepers of an earlier build may still load its chunks, ms. */
const CHUNKS_KEPT_MS = 30 * 86_400_000;

/** Keepers outlive a build and load some chunks late, so old chunks stay for a while. Their names are hashes. */
function dropOldChunks(outdir: string): void {
  const files = readdirSync(outdir).filter((name) => /\.js(\.map)?$/.test(name));
  for (const path of files.map((name) => join(outdir, name)))
    if (Date.now() - statSync(path).mtimeMs > CHUNKS_KEPT_MS) rmSync(path);
}

/** One file, and what it loads late. */
async function cut(entry: string, outdir: string, plugins: Plugin[]): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(here, entry)],
    outdir,
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['node-pty'],
    plugins,
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
