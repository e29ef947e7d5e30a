import type { Enclosure, Member } from './enclosure.ts';
import { HaltState } from './halted.ts';
import { membersOf } from './members.ts';
import {
  carriesTag,
  type ProcessIdentity,
  type ProcessRow,
  readRow,
  readTable,
  signalProcess,
  trySignal,
} from './process-table.ts';

/** The start of a leader that ended before it could be looked at: no process has it. */
const GONE = -1;

/**
 * Reaches a program through the process table. A process that left the session, cleared its
 * environment and lost its parent before the first look is out of reach: that is what cgroups are for.
 */
export class TableEnclosure implements Enclosure {
  readonly #tag: string;
  readonly #trustSession: boolean;
  readonly #halted = new HaltState();
  #leader: ProcessIdentity | undefined;
  #known: readonly ProcessIdentity[] = [];

  /** `trustSession`: false for a program of an earlier process, whose session number may be reused by now. */
  constructor(tag: string, trustSession = true, leader?: ProcessIdentity) {
    this.#tag = tag;
    this.#trustSession = trustSession;
    this.#leader = leader;
  }

  enclose<T>(spawn: () => T): T {
    return spawn();
  }

  lead(pid: number): void {
    this.#leader = readRow(pid) ?? { pid, startTicks: GONE };
  }

  members(): ProcessRow[] {
    const owner = { leader: this.#leader, trustSession: this.#trustSession, known: this.#known };
    const rows = membersOf(readTable(), (row) => carriesTag(row.pid, this.#tag), owner, ourselves());
    this.#known = rows;
    return rows;
  }

  signal(member: Member, signal: NodeJS.Signals): void {
    signalProcess(member, signal);
  }

  stop(): boolean {
    return this.#halted.stop(this.members());
  }

  go(): void {
    this.#halted.go();
  }

  /** By groups too: a chain of processes that each fork and exit is gone before it is looked at. */
  kill(): void {
    const rows = this.members();
    const own = readRow(process.pid)?.group;
    for (const group of new Set(rows.filter((row) => row.session !== 0).map((row) => row.group))) {
      if (group > 1 && group !== own) trySignal(-group, 'SIGKILL');
    }
    for (const row of rows) signalProcess(row, 'SIGKILL');
  }

  remove(): void {}
}

/** This process and all above it, whatever their environment says. */
function ourselves(): Set<number> {
  const pids = new Set([1]);
  for (let row = readRow(process.pid); row && !pids.has(row.pid); row = readRow(row.parent))
    pids.add(row.pid);
  return pids;
}
