import type { ProcessIdentity, ProcessRow } from './process-table.ts';

/** By what a program's processes are known. */
export interface Owner {
  /** Its first process, which leads its session. */
  readonly leader?: ProcessIdentity | undefined;
  /** Its session number is certainly still its own, even when the leader is gone. */
  readonly trustSession: boolean;
  /** Found by earlier looks at the table. */
  readonly known: readonly ProcessIdentity[];
}

/**
 * P2 where there is no cgroup: everything a program started. These are the leader, what carries the
 * tag, what shares a session with one of them (a session is inherited, never joined), and their
 * children. `outside` is never included, nor is what hangs on it.
 */
export function membersOf(
  table: readonly ProcessRow[],
  isTagged: (row: ProcessRow) => boolean,
  owner: Owner,
  outside: ReadonlySet<number>,
): ProcessRow[] {
  const rows = table.filter((row) => !outside.has(row.pid));
  const foreign = new Set(table.filter((row) => outside.has(row.pid)).map((row) => row.session));
  const starts = new Map(owner.known.map((known) => [known.pid, known.startTicks]));
  if (owner.leader) starts.set(owner.leader.pid, owner.leader.startTicks);

  const pids = new Set<number>();
  const sessions = new Set<number>();
  if (owner.trustSession && owner.leader && !isReused(owner.leader, rows)) sessions.add(owner.leader.pid);

  let rest = rows;
  let found = rows.filter(
    (row) => starts.get(row.pid) === row.startTicks || sessions.has(row.session) || isTagged(row),
  );
  while (found.length > 0) {
    for (const row of found) {
      pids.add(row.pid);
      // Session 0 stands for every session led from outside this container.
      if (row.session !== 0 && !foreign.has(row.session)) sessions.add(row.session);
    }
    rest = rest.filter((row) => !pids.has(row.pid));
    found = rest.filter((row) => sessions.has(row.session) || pids.has(row.parent));
  }
  return rows.filter((row) => pids.has(row.pid));
}

function isReused(leader: ProcessIdentity, rows: readonly ProcessRow[]): boolean {
  return rows.some((row) => row.pid === leader.pid && row.startTicks !== leader.startTicks);
}
