import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { cgroupOf, isCgroupOf } from './containment/cgroup.ts';
import { CgroupEnclosure } from './containment/cgroup-enclosure.ts';
import type { Enclosure } from './containment/enclosure.ts';
import { hasProcessTable, readRow } from './containment/process-table.ts';
import { TableEnclosure } from './containment/table-enclosure.ts';
import { Containment, type ContainmentOptions } from './containment.ts';

/** P4: between SIGTERM and SIGKILL for what a dead keeper left; short, since nobody hears its last words, ms. */
const ORPHAN_GRACE_MS = 2_000;

/** P4: the record of a start, so that a later process can end what is left of it. */
export const ProgramRecordSchema = z.object({
  /** Long enough that no other program carries it by chance. */
  tag: z.string().regex(/^[A-Za-z0-9_-]{8,128}$/),
  /** Pids mean nothing after another boot. */
  bootId: z.string().max(128),
  /** Where its cgroup is, when there is one. */
  cgroup: z.string().max(4096).optional(),
  /** Its first process. Absent until the start has succeeded. */
  leader: z.object({ pid: z.number().int().positive(), startTicks: z.number().int().min(0) }).optional(),
});
export type ProgramRecord = z.infer<typeof ProgramRecordSchema>;

export interface OrphanReport {
  /** The program itself, not only what it had started, was still there. */
  readonly programWasRunning: boolean;
  /** The processes that were found; they are gone now. */
  readonly ended: readonly { readonly pid: number; readonly name: string }[];
}

/** To be on disk before the program is started: a tag is enough to find what came of it. */
export function recordBeforeStart(tag: string): ProgramRecord {
  const cgroup = cgroupOf(tag);
  return { tag, bootId: readBootId(), ...(cgroup === undefined ? {} : { cgroup }) };
}

/** The same with its first process, once `pid` is known. */
export function recordAfterStart(record: ProgramRecord, pid: number): ProgramRecord {
  const row = readRow(pid);
  return row === undefined ? record : { ...record, leader: { pid: row.pid, startTicks: row.startTicks } };
}

/**
 * P4: ends what is left of a start whose keeper is dead. A pid counts only with its start time, a
 * session only when a process in it is known to be the program's. Rejects when something survives.
 */
export async function endOrphanedProcesses(
  record: ProgramRecord,
  options: ContainmentOptions = {},
): Promise<OrphanReport> {
  const { leader } = record;
  if (!hasProcessTable || record.bootId !== readBootId()) return { programWasRunning: false, ended: [] };
  const containment = new Containment(enclosureOf(record, options.mode), options.graceMs ?? ORPHAN_GRACE_MS);
  const members = containment.members();
  await containment.terminate({ force: false });
  return {
    programWasRunning: members.some(
      ({ pid, startTicks }) => pid === leader?.pid && startTicks === leader.startTicks,
    ),
    ended: members.map(({ pid, name }) => ({ pid, name })),
  };
}

function enclosureOf({ tag, cgroup, leader }: ProgramRecord, mode: ContainmentOptions['mode']): Enclosure {
  const table = new TableEnclosure(tag, false, leader);
  const usable = cgroup !== undefined && mode !== 'process-table' && isCgroupOf(cgroup, tag);
  return usable ? new CgroupEnclosure(cgroup, table) : table;
}

/** Changes with every boot; empty where the platform does not tell. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
