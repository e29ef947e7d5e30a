import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './repo.mjs';
import { run } from './run.mjs';

/** Severities of holes that must not reach a user. */
const GRAVE = new Set(['high', 'critical']);
/** How long the registry may take, ms: a machine without a network does not wait for it. */
const PATIENCE_MS = 5_000;

/** Faults of a lock file by itself: packages that no checksum pins, and scripts that nobody allowed. */
export function lockFaults({ packages }, allowed) {
  return Object.entries(packages).flatMap(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link) return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const faults = [];
    if (!/^sha512-/.test(entry.integrity ?? '')) faults.push(`${name}: is not pinned by a checksum`);
    if (entry.hasInstallScript && allowed[name] !== true)
      faults.push(`${name}: runs a script when it is installed, which \`allowScripts\` does not name`);
    return faults;
  });
}

/** The grave holes that `npm audit --json` names; null where the registry gave no answer. */
export function auditFaults(output) {
  let report;
  try {
    report = JSON.parse(output);
  } catch {
    return null;
  }
  if (report?.metadata?.vulnerabilities === undefined) return null;
  return Object.values(report.vulnerabilities ?? {})
    .filter(({ severity }) => GRAVE.has(severity))
    .map(({ name, severity, range }) => `${name} ${range}: a ${severity} vulnerability (npm audit)`);
}

const read = (name) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));

/** Resolves to what is wrong, and why the registry was not asked, if it was not. */
export async function scanDependencies(node) {
  const faults = lockFaults(read('package-lock.json'), read('package.json').allowScripts ?? {});
  const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', `--fetch-timeout=${PATIENCE_MS}`];
  const { output } = await run(node, 'npm', args, { quiet: true }).catch(() => ({ output: '' }));
  const known = auditFaults(output);
  const skipped = known === null ? 'no registry answered npm audit: known holes were not looked up' : null;
  return { faults: [...faults, ...(known ?? [])], skipped };
}
