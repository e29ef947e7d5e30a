import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';

/** One process for certain: a pid is used again, a pid with its start is not. */
export const ProcessSchema = z.object({ pid: z.number().int().positive(), started: z.string() });
export type ProcessRef = z.infer<typeof ProcessSchema>;

interface ProcessEntry extends ProcessRef {
  readonly parent: number;
  readonly name: string;
}

/** Field 22 of /proc/PID/stat, ticks since boot; the name stands in brackets and may hold anything. */
function readLinux(pid: number): ProcessEntry | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const close = stat.lastIndexOf(')');
    const [state, parent, ...rest] = stat.slice(close + 2).split(' ');
    const started = rest[17];
    if (state === 'Z' || state === 'X' || started === undefined) return null;
    return { pid, started, parent: Number(parent), name: stat.slice(stat.indexOf('(') + 1, close) };
  } catch {
    return null;
  }
}

function listLinux(): ProcessEntry[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => readLinux(Number(pid))).filter((entry) => entry !== null);
}

/** Systems without /proc: `ps` in a fixed locale; lstart is five words. */
function listByPs(): ProcessEntry[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,lstart=,comm='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return table.split('\n').flatMap((line) => {
    const [pid, parent, ...rest] = line.trim().split(/\s+/);
    if (parent === undefined) return [];
    const name = rest.slice(5).join(' ').split('/').at(-1) ?? '';
    return [{ pid: Number(pid), parent: Number(parent), started: rest.slice(0, 5).join(' '), name }];
  });
}

const list = process.platform === 'linux' ? listLinux : listByPs;

/** The living process of this pid, or null. */
export function identify(pid: number): ProcessRef | null {
  const entry = process.platform === 'linux' ? readLinux(pid) : list().find((one) => one.pid === pid);
  return entry ? { pid, started: entry.started } : null;
}

export const isAlive = (ref: ProcessRef): boolean => identify(ref.pid)?.started === ref.started;

/** Children of this very process whose program has that name. */
export function ownChildren(name: string): ProcessRef[] {
  return list()
    .filter((entry) => entry.parent === process.pid && entry.name === name)
    .map(({ pid, started }) => ({ pid, started }));
}

/** Signals that very process; false when it is gone already. */
export function signal(ref: ProcessRef, name: NodeJS.Signals): boolean {
  if (!isAlive(ref)) return false;
  try {
    return process.kill(ref.pid, name);
  } catch {
    return false;
  }
}
