import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { filesUnder } from '../lib/fresh.mjs';

/** Types of what a build of the dashboard holds, and whether they are worth compressing. */
const TYPES = {
  '.html': ['text/html; charset=utf-8', true],
  '.js': ['text/javascript; charset=utf-8', true],
  '.css': ['text/css; charset=utf-8', true],
  '.json': ['application/json', true],
  '.webmanifest': ['application/manifest+json', true],
  '.svg': ['image/svg+xml', true],
  '.txt': ['text/plain; charset=utf-8', true],
  '.png': ['image/png', false],
  '.ico': ['image/x-icon', false],
  '.woff2': ['font/woff2', false],
};
/** Files that Pages reads itself and never sends. */
const UNSENT = new Set(['_headers', '_redirects', '_routes.json', '_worker.js', '404.html']);
/** Pages' own header for a file that no rule names. */
const CACHE_CONTROL = 'public, max-age=0, must-revalidate';

/**
 * `_headers` of Pages: a line that is not indented is a path, in which `*` is anything; those below it are
 * headers, or `! name` to take one away that an earlier rule set. Returns path → headers.
 */
export function headersBy(text) {
  const rules = [];
  for (const line of text.split('\n').map((each) => each.replace(/\s+$/, ''))) {
    if (line === '' || line.trimStart().startsWith('#')) continue;
    if (/^\S/.test(line)) {
      const parts = line.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
      rules.push({ path: new RegExp(`^${parts.join('.*')}$`), set: [], unset: [] });
      continue;
    }
    const [, taken, name = '', value = ''] = /^\s+(?:!\s*(\S+)|([^:\s]+):\s*(.*))$/.exec(line) ?? [];
    const rule = rules.at(-1);
    if (rule === undefined || (taken === undefined && name === ''))
      throw new Error(`_headers cannot be read: ${line}`);
    if (taken === undefined) rule.set.push([name.toLowerCase(), value]);
    else rule.unset.push(taken.toLowerCase());
  }
  return (path) => {
    const headers = { 'cache-control': CACHE_CONTROL };
    for (const rule of rules.filter((each) => each.path.test(path))) {
      for (const name of rule.unset) delete headers[name];
      Object.assign(headers, Object.fromEntries(rule.set));
    }
    return headers;
  };
}

/** A page stands at its name, and `index.html` at its directory. */
const addressOf = (name) => `/${name.replace(/(?:^|(?<=\/))index\.html$/, '').replace(/\.html$/, '')}`;

/** Writes a file as it is and, where it pays, compressed: once at build instead of at each request. */
function writeCodings(path, content, worthIt) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  if (!worthIt) return false;
  const brotli = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.byteLength },
  });
  const gzip = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
  if (Math.max(brotli.byteLength, gzip.byteLength) >= content.byteLength) return false;
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzip);
  return true;
}

/**
 * Writes the files of a Pages build for local mode: `outdir/files` holds them, compressed too, and `outdir/files.json`
 * maps each address to its file and the headers that Pages would send.
 */
export function writePage(built, outdir) {
  rmSync(outdir, { recursive: true, force: true });
  const headersAt = headersBy(readFileSync(join(built, '_headers'), 'utf8'));
  const entries = filesUnder(built)
    .map((path) => relative(built, path))
    .filter((name) => !UNSENT.has(name))
    .map((name) => {
      const [type, worthIt] = TYPES[extname(name)] ?? [];
      if (type === undefined) throw new Error(`the type of ${name} is not known: add it to TYPES`);
      const content = readFileSync(join(built, name));
      const hash = createHash('sha256').update(content).digest('base64url').slice(0, 22);
      const compressed = writeCodings(join(outdir, 'files', name), content, worthIt);
      const address = addressOf(name);
      return [address, { path: name, type, hash, compressed, headers: headersAt(address) }];
    });
  writeFileSync(join(outdir, 'files.json'), JSON.stringify(Object.fromEntries(entries)));
}
