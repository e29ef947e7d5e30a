import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { identityOf, isAlive } from './identity.ts';

/** A guard is held for the length of a connect; after so long its holder counts as hung, ms. */
const TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 5;

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
/** The guard that comes after one whose holder died. */
const successor = (path: string, holder: string) =>
  `${path}.${createHash('sha256').update(holder).digest('hex').slice(0, 16)}`;

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Written beside and linked, so that a reader finds it whole. False: there is one. */
function create(path: string, holder: string): boolean {
  const temporary = `${path}.${randomUUID()}.tmp`;
  writeFileSync(temporary, holder, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * The guards that there are, from the first: each but the last is a dead holder's. A dead one is never removed by whoever
 * finds it, since another may have done so and a new one may stand there; it gets a successor, whose name tells of whom.
 */
function chain(first: string): { path: string; holder: string }[] {
  const found: { path: string; holder: string }[] = [];
  for (let path = first; ; ) {
    const holder = read(path);
    if (holder === null) return found;
    found.push({ path, holder });
    path = successor(first, holder);
  }
}

/** One try to be the holder. Returns the files that are ours to remove, the first one first; null: another process holds it. */
function attempt(first: string, mine: string): string[] | null {
  const before = chain(first);
  const last = before.at(-1);
  if (last !== undefined && isAlive(ownerOf(last.holder))) return null;
  const path = last === undefined ? first : successor(first, last.holder);
  if (!create(path, mine)) return null;
  // A process that removed the chain meanwhile began with its first: then ours follows on nothing.
  const after = chain(first).map((guard) => guard.holder);
  if ([...before.map((guard) => guard.holder), mine].every((holder, at) => after[at] === holder))
    return [...before.map((guard) => guard.path), path];
  rmSync(path, { force: true });
  return null;
}

/** A holder is a process and one occasion. */
const ownerOf = (holder: string) => holder.split('\n')[0] ?? '';

/**
 * Runs `work` while no other process of this host is in the work of the same guard, a file with pid, start and boot of
 * its holder (X16). One that died in its middle leaves a file that the next finds and passes.
 */
export async function withGuard<T>(path: string, work: () => Promise<T>): Promise<T> {
  const me = identityOf(process.pid);
  if (me === null) throw new Error('this process cannot find itself');
  const mine = `${me}\n${randomUUID()}`;
  const until = performance.now() + TIMEOUT_MS;
  let held = attempt(path, mine);
  while (held === null) {
    if (performance.now() > until) throw new Error(`another process holds ${path} and does not let go`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    held = attempt(path, mine);
  }
  try {
    return await work();
  } finally {
    for (const file of held) rmSync(file, { force: true });
  }
}
