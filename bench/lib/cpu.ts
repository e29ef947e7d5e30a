import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel's own tick. */
const TICK_S = 0.01;

/** Seconds of processor time that these processes have used, user and system. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid) * TICK_S, 0);
}

function ticksOf(pid: number): number {
  // Behind the name, which may hold spaces: state, then user time as the 12th and system time as the 13th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
