import { readFileSync } from 'node:fs';
import { type Survivor, survivorsOf } from './survivors.ts';

/** Of one process. */
export interface Usage {
  /** s of processor time, of the program's own and of the system for it. */
  readonly user: number;
  readonly system: number;
  /** Bytes that lie in memory. */
  readonly memory: number;
}

/** The system's clock ticks and pages are of these sizes on every Linux that runs this. */
const TICKS_PER_S = 100;
const PAGE_BYTES = 4096;

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0] = fields.slice(11, 13);
  const pages = fields[21] ?? 0;
  return { user: user / TICKS_PER_S, system: system / TICKS_PER_S, memory: pages * PAGE_BYTES };
}

const PARTS: readonly (readonly [string, RegExp])[] = [
  ['keeper', /cli\.js keeper/],
  ['server', /workerd/],
  ['viewer', /programs\/watch\.ts/],
];

/** The processes of one start that bytes pass through, by what they are. */
export function partsOf(tag: string): readonly (Survivor & { readonly part: string })[] {
  return survivorsOf(tag).flatMap((survivor) => {
    const part = PARTS.find(([, pattern]) => pattern.test(survivor.command))?.[0];
    return part === undefined ? [] : [{ ...survivor, part }];
  });
}

/** One line: the processor time of each process since `before`, s. */
export function spent(tag: string, before: ReadonlyMap<number, Usage>): string {
  const parts = new Map<string, number>();
  for (const { pid, part } of partsOf(tag)) {
    const { user, system } = usageOf(pid);
    const old = before.get(pid) ?? { user: 0, system: 0 };
    parts.set(part, (parts.get(part) ?? 0) + user + system - old.user - old.system);
  }
  return [...parts].map(([part, seconds]) => `${part} ${seconds.toFixed(1)} s`).join(', ');
}

export function usages(tag: string): Map<number, Usage> {
  return new Map(partsOf(tag).map(({ pid }) => [pid, usageOf(pid)]));
}

/** Bytes that the server's processes have in memory. */
export const serverMemory = (tag: string) =>
  partsOf(tag)
    .filter(({ part }) => part === 'server')
    .reduce((sum, { pid }) => sum + usageOf(pid).memory, 0);
