import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** One process for certain: a pid is used again, a pid with its start is not. */
export const ProcessSchema = z.object({ pid: z.number().int().positive(), started: z.string() });
export type ProcessRef = z.infer<typeof ProcessSchema>;

/** Field 22 of /proc/PID/stat, ticks since boot; the name stands in brackets and may hold anything. */
function startedLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? null : (rest[18] ?? null);
  } catch {
    return null;
  }
}

/** Systems without /proc: `ps` in a fixed locale. */
function startedByPs(pid: number): string | null {
  try {
    const env = { ...process.env, LC_ALL: 'C' };
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env });
    return text.trim().split(/\s+/).join(' ') || null;
  } catch {
    return null;
  }
}

const startedAt = process.platform === 'linux' ? startedLinux : startedByPs;

/** The living process of this pid, or null. */
export function identify(pid: number): ProcessRef | null {
  const started = startedAt(pid);
  return started === null ? null : { pid, started };
}

export const isAlive = (ref: ProcessRef): boolean => identify(ref.pid)?.started === ref.started;

/** Signals that very process; false when it is gone already. */
export function signal(ref: ProcessRef, name: NodeJS.Signals): boolean {
  if (!isAlive(ref)) return false;
  try {
    return process.kill(ref.pid, name);
  } catch {
    return false;
  }
}
