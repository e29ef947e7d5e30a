import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readBootId } from '../host/boot.ts';

/** Field 22 of proc(5) stat: ticks from boot to its start. */
const STARTED = 19;

/** When the process of a pid started, or null when there is none: a pid is used again, a pid with its start is not. */
function startOf(pid: number): string | null {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[STARTED] ?? null);
  } catch {
    return null;
  }
}

/** One process for certain, over pids that are used again and over boots: pid, start, boot. Null: there is none. */
export function identityOf(pid: number): string | null {
  const started = startOf(pid);
  return started === null ? null : JSON.stringify([pid, started, readBootId()]);
}

/** Whether the process that `identityOf` named still lives. Unreadable text names none. */
export function isAlive(identity: string): boolean {
  const pid = Number.parseInt(identity.slice(1), 10);
  return Number.isInteger(pid) && pid > 0 && identityOf(pid) === identity;
}
