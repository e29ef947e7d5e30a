import { accessSync, constants, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** The prefix of Muster's own cgroups; the tag follows. */
export const CGROUP_PREFIX = 'muster-';
/** Without these (Linux 5.14) the process table does better. */
const NEEDED_FILES = ['cgroup.procs', 'cgroup.freeze', 'cgroup.kill', 'cgroup.events'];

interface CgroupMount {
  readonly directory: string;
  /** The cgroup that is seen at `directory`. */
  readonly root: string;
}

/** Where cgroup v2 is mounted, by /proc/self/mountinfo: alone, or beside version 1. */
export function findCgroupMounts(mountinfo: string): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', directory = ''] = before.split(' ');
    return after.startsWith('cgroup2 ')
      ? [{ directory: unescapeMount(directory), root: unescapeMount(root) }]
      : [];
  });
}

/** The directory of the cgroup that /proc/self/cgroup names; undefined when the mount does not show it. */
export function locateCgroup(mounts: readonly CgroupMount[], selfCgroup: string): string | undefined {
  const own = selfCgroup
    .split('\n')
    .find((line) => line.startsWith('0::'))
    ?.slice('0::'.length);
  if (own === undefined || own.split('/').includes('..')) return undefined;
  for (const { directory, root } of mounts) {
    if (root === '/') return join(directory, own);
    if (own === root || own.startsWith(`${root}/`)) return join(directory, own.slice(root.length));
  }
  return undefined;
}

/** mountinfo writes blanks and backslashes as three octal digits. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** The directory of this process's own cgroup, as it is now. */
export function ownCgroup(): string | undefined {
  try {
    const mounts = findCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
    return locateCgroup(mounts, readFileSync('/proc/self/cgroup', 'utf8'));
  } catch {
    return undefined;
  }
}

/** Where a program's cgroup is, or would be: beneath our own. */
export function cgroupOf(tag: string): string | undefined {
  const own = ownCgroup();
  return own === undefined ? undefined : join(own, CGROUP_PREFIX + tag);
}

/** Whether a written-down path is one that `cgroupOf` makes, under a mount of cgroup v2. */
export function isCgroupOf(path: string, tag: string): boolean {
  try {
    const mounts = findCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
    const plain = !path.split('/').includes('..') && path.endsWith(`/${CGROUP_PREFIX}${tag}`);
    return plain && mounts.some(({ directory }) => path.startsWith(`${directory}/`));
  } catch {
    return false;
  }
}

/** Whether a cgroup can be frozen and killed by us. */
export function isUsable(path: string): boolean {
  return NEEDED_FILES.every((file) => {
    try {
      accessSync(join(path, file), file === 'cgroup.events' ? constants.R_OK : constants.W_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Processes in a cgroup and in those a program made inside it. */
export function cgroupPids(path: string): number[] {
  const pids = read(join(path, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return [...pids, ...children(path).flatMap(cgroupPids)];
}

/** The kernel's word on the whole tree. */
export function cgroupEvents(path: string): { readonly populated: boolean; readonly frozen: boolean } {
  const text = read(join(path, 'cgroup.events'));
  return { populated: text.includes('populated 1'), frozen: text.includes('frozen 1') };
}

/** Removes a cgroup and those inside it. One that is not empty, or gone already, is left as it is. */
export function removeCgroup(path: string): void {
  for (const child of children(path)) removeCgroup(child);
  try {
    rmdirSync(path);
  } catch {
    // Still populated, or removed by another process: endOrphanedProcesses runs again.
  }
}

function children(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
