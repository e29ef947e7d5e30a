import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isInstalled } from './install.mjs';
import { ROOT } from './repo.mjs';

const HERE = join(ROOT, 'test', 'agents');
const MODULES = join(HERE, 'node_modules');
/** Hundreds of megabytes come over the network, ms. */
const INSTALL_MS = 8 * 60_000;
/** What npm says where nobody answers, or not in time. A package that is not there, or not as pinned, is none of these. */
const NO_ANSWER =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT|FETCH_ERROR)\b|\bE5\d\d\b/;
const OUTPUT_BYTES = 16 * 1024 * 1024;

/** No package registry answers, or none answers in time: what needs one cannot be run. */
export class RegistryAway extends Error {}

function packagesIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

function areInstalled(which) {
  const all = Object.entries(packagesIn(join(HERE, 'package-lock.json')));
  const wanted = which === 'all' ? all : all.filter(([, entry]) => entry.dev !== true);
  return isInstalled(Object.fromEntries(wanted), packagesIn(join(MODULES, '.package-lock.json')));
}

/** npm is a program of another Node's, which the project's own does not bring. */
const pathOfNpm = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((part) => !part.startsWith(join(ROOT, 'node_modules')))
    .join(delimiter);

/**
 * Brings the real coding agents to what test/agents pins, and resolves to the directory of their commands. `which`: `opencode`,
 * which is what `npm test` runs, or `all`, four times as large. @throws RegistryAway
 */
export async function installAgents(which) {
  if (!areInstalled(which)) {
    const { NODE_ENV: _, ...environment } = process.env;
    const kind = which === 'all' ? '--include=dev' : '--omit=dev';
    const args = ['ci', kind, '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    const options = { cwd: HERE, env: { ...environment, PATH: pathOfNpm() }, maxBuffer: OUTPUT_BYTES };
    await promisify(execFile)('npm', args, { ...options, timeout: INSTALL_MS }).catch(explain);
  }
  return join(MODULES, '.bin');
}

function explain({ killed, message, stdout = '', stderr = '' }) {
  const said = `${stderr}${stdout}`.trim() || message;
  if (killed === true || NO_ANSWER.test(said))
    throw new RegistryAway(`no package registry answered npm ci in test/agents:\n${said}`);
  throw new Error(`npm ci failed in test/agents:\n${said}`);
}
