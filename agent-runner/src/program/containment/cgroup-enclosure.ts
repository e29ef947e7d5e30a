import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupEvents, cgroupPids, isUsable, ownCgroup, removeCgroup } from './cgroup.ts';
import type { Enclosure, Member } from './enclosure.ts';
import { HaltState } from './halted.ts';
import { isAlive, type ProcessIdentity, type ProcessRow, readRow, signalProcess } from './process-table.ts';
import type { TableEnclosure } from './table-enclosure.ts';

/**
 * A cgroup v2 of the program's own: frozen and killed by the kernel, whatever is inside. A program
 * with the right to leave its cgroup is still reached through the table.
 */
export class CgroupEnclosure implements Enclosure {
  readonly #path: string;
  readonly #table: TableEnclosure;
  readonly #halted = new HaltState();
  #leader: ProcessIdentity | undefined;

  constructor(path: string, table: TableEnclosure) {
    this.#path = path;
    this.#table = table;
  }

  /**
   * A child is born in the cgroup of its parent, so this process goes in, spawns and comes back in one
   * synchronous step: there is no moment in which the program could fork outside. The two moves take
   * about 10 ms. What allows the first also allows the second: both need write access here and there.
   */
  enclose<T>(spawn: () => T): T {
    const home = ownCgroup();
    if (home === undefined) throw new Error('our own cgroup cannot be seen');
    moveSelf(this.#path);
    try {
      return spawn();
    } finally {
      moveSelf(home);
    }
  }

  lead(pid: number): void {
    this.#leader = readRow(pid);
    this.#table.lead(pid);
  }

  members(): Member[] {
    const inside = this.#inside();
    const pids = new Set(inside.map((row) => row.pid));
    return [...inside, ...this.#table.members().filter((row) => !pids.has(row.pid))];
  }

  signal(member: Member, signal: NodeJS.Signals): void {
    signalProcess(member, signal);
  }

  /**
   * The first process gets SIGSTOP, so that it looks to every tool like what it is; before the freeze,
   * which would keep it from taking the signal.
   */
  stop(): boolean {
    if (!this.#halted.stop(this.#inside().filter((row) => row.pid === this.#leader?.pid))) return false;
    this.#write('cgroup.freeze', '1');
    const halted = this.#halted.stop(this.#escaped());
    const { frozen, populated } = cgroupEvents(this.#path);
    return halted && (frozen || !populated);
  }

  go(): void {
    this.#write('cgroup.freeze', '0');
    this.#halted.go();
  }

  kill(): void {
    this.#write('cgroup.kill', '1');
    for (const row of this.#escaped()) signalProcess(row, 'SIGKILL');
  }

  remove(): void {
    removeCgroup(this.#path);
  }

  #inside(): ProcessRow[] {
    return cgroupPids(this.#path)
      .filter((pid) => pid !== process.pid)
      .map(readRow)
      .filter((row) => row !== undefined)
      .filter(isAlive);
  }

  #escaped(): ProcessRow[] {
    const inside = new Set(cgroupPids(this.#path));
    return this.#table.members().filter((row) => !inside.has(row.pid));
  }

  /** A cgroup that is gone holds nothing that could be missed. */
  #write(file: string, text: string): void {
    try {
      writeFileSync(join(this.#path, file), text);
    } catch {
      // Seen by the next look at its members and events.
    }
  }
}

/** Makes the cgroup; false where this host does not let us, or lacks what is needed. */
export function makeCgroup(path: string): boolean {
  const home = ownCgroup();
  try {
    mkdirSync(path);
    if (home !== undefined && isUsable(path)) {
      moveSelf(path);
      moveSelf(home);
      return true;
    }
  } catch {
    // Not allowed here: whatever was made is taken down below.
  }
  removeCgroup(path);
  return false;
}

function moveSelf(path: string): void {
  writeFileSync(join(path, 'cgroup.procs'), String(process.pid));
}
