import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** The inodes of the sockets bound to an abstract name; how it was padded differs by the version of Node. */
function inodesOf(name: string): Set<string> {
  const lines = readFileSync('/proc/net/unix', 'latin1').split('\n');
  const bound = lines.map((line) => line.trim().split(/\s+/));
  return new Set(
    bound.flatMap(([, , , , , , inode = '', path = '']) =>
      path.replace(/@+$/, '') === `@muster-${name}` ? [`socket:[${inode}]`] : [],
    ),
  );
}

function holds(pid: string, sockets: ReadonlySet<string>, uid: number): boolean {
  try {
    if (statSync(`/proc/${pid}`).uid !== uid) return false;
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.has(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/**
 * Whether a process of this account has the lock as 0.1.0 took it, by a name that any account can bind. A stranger's
 * socket under that name counts for nothing.
 */
export function isHeldByEarlierVersion(name: string): boolean {
  if (process.platform !== 'linux') return false;
  const sockets = inodesOf(name);
  if (sockets.size === 0) return false;
  const uid = process.geteuid?.() ?? 0;
  return readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && holds(pid, sockets, uid));
}
