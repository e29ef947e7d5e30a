import type { Enclosure, Member } from './enclosure.ts';
import { trySignal } from './process-table.ts';

/**
 * Where there is no /proc (macOS, the BSDs) only the program's process group is reached. Jobs of an
 * interactive shell have groups of their own; they end by the hang-up of its terminal.
 */
export class GroupEnclosure implements Enclosure {
  #group: number | undefined;

  enclose<T>(spawn: () => T): T {
    return spawn();
  }

  lead(pid: number): void {
    this.#group = pid;
  }

  members(): Member[] {
    return this.#group !== undefined && trySignal(-this.#group, 0)
      ? [{ pid: this.#group, startTicks: 0, name: 'process group' }]
      : [];
  }

  signal(member: Member, signal: NodeJS.Signals): void {
    trySignal(-member.pid, signal);
  }

  stop(): boolean {
    for (const member of this.members()) this.signal(member, 'SIGSTOP');
    return true;
  }

  go(): void {
    for (const member of this.members()) this.signal(member, 'SIGCONT');
  }

  kill(): void {
    for (const member of this.members()) this.signal(member, 'SIGKILL');
  }

  remove(): void {}
}
