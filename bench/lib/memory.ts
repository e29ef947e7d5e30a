import { readdirSync, readFileSync } from 'node:fs';

const KIB = 1024;

/** Bytes of memory a process holds: VmRSS, in which pages that it shares with others count in full. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kib) * KIB;
}

/** The processes that `pid` started and that live. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => (parentOf(name) === pid ? [Number(name)] : []));
}

function parentOf(name: string): number | null {
  if (!/^\d+$/.test(name)) return null;
  try {
    return Number(readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return null;
  }
}
