import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ours } from './children.mjs';
import { dim, duration, green, print, Refusal } from './console.mjs';
import { ROOT } from './repo.mjs';

const PROGRESS_MS = 2000;
/** Lines that are shown of a failure: npm says the cause first. */
const ERROR_LINES = 40;

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/**
 * Whether node_modules holds what the lock file asks for. npm writes its own record last, so a broken-off
 * install has none. Optional packages may be missing: they are for other platforms.
 */
export function isInstalled(wanted, present) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    const found = present[path];
    if (found === undefined)
      return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return (
      found.version === entry.version && found.integrity === entry.integrity && found.link === entry.link
    );
  });
}

/** npm removes node_modules while it runs, so it must not itself run on a Node from in there. */
function outsidePath() {
  const parts = (process.env.PATH ?? '').split(delimiter);
  return parts.filter((part) => !part.startsWith(join(ROOT, 'node_modules'))).join(delimiter);
}

function progress(total) {
  const began = Date.now();
  let fetched = 0;
  const timer = setInterval(
    () => print(dim(`  ${fetched} of about ${total} packages fetched, ${duration(Date.now() - began)}`)),
    PROGRESS_MS,
  );
  return {
    line(text) {
      if (/http (fetch|cache) .*\.tgz/.test(text)) fetched += 1;
    },
    end() {
      clearInterval(timer);
      return duration(Date.now() - began);
    },
  };
}

/** Resolves when `npm ci` succeeded; rejects with the end of what npm said. */
function runNpm(total) {
  const shown = progress(total);
  const said = [];
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=http'];
  const environment = { ...process.env, PATH: outsidePath() };
  const npm = ours(spawn('npm', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: environment }));
  const read = (chunk) => {
    for (const line of String(chunk).split('\n').filter(Boolean)) {
      shown.line(line);
      if (!/^npm (http|warn)/.test(line) && said.length < ERROR_LINES) said.push(line);
    }
  };
  npm.stdout.on('data', read);
  npm.stderr.on('data', read);
  return new Promise((resolve, reject) => {
    npm.on('error', (error) => reject(new Refusal(`npm cannot be started: ${error.message}`)));
    npm.on('close', (code) => {
      const took = shown.end();
      if (code === 0) resolve(took);
      else reject(new Refusal(`${said.join('\n')}\n\nnpm ci failed with exit code ${code}`));
    });
  });
}

/** Brings node_modules to what package-lock.json says; does nothing when it is so already. */
export async function install() {
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  if (isInstalled(wanted, packagesOf(join(ROOT, 'node_modules', '.package-lock.json')))) return;
  const total = Object.values(wanted).filter((entry) => entry.integrity && !entry.optional).length;
  print(`Installing packages (npm ci)`);
  const took = await runNpm(total);
  print(`${green('✓')} packages installed ${dim(took)}`);
}
