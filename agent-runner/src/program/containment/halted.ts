import { isStopped, type ProcessIdentity, type ProcessRow, signalProcess } from './process-table.ts';

/** The processes that pause has stopped; resume does not continue a job that its own shell had stopped before. */
export class HaltState {
  readonly #starts = new Map<number, number>();

  /** One pass; true when everything was found stopped. */
  stop(rows: readonly ProcessRow[]): boolean {
    const running = rows.filter((row) => !isStopped(row) && !this.#willStop(row));
    for (const row of running) {
      signalProcess(row, 'SIGSTOP');
      this.#starts.set(row.pid, row.startTicks);
    }
    return running.length === 0;
  }

  /**
   * In the middle of a system call (`D`) a told process cannot take the signal, but neither can it go
   * back to its program. A parent in vfork stays there as long as its child is stopped.
   */
  #willStop(row: ProcessRow): boolean {
    return row.state === 'D' && this.#starts.get(row.pid) === row.startTicks;
  }

  /** Children first: a shell that goes on before its job would take the job for stopped. */
  go(): void {
    const identities: ProcessIdentity[] = [...this.#starts].map(([pid, startTicks]) => ({ pid, startTicks }));
    this.#starts.clear();
    identities.sort((a, b) => b.startTicks - a.startTicks || b.pid - a.pid);
    for (const identity of identities) signalProcess(identity, 'SIGCONT');
  }
}
