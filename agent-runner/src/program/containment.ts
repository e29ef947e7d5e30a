import { ownersUmask } from '../host/umask.ts';
import { cgroupOf } from './containment/cgroup.ts';
import { CgroupEnclosure, makeCgroup } from './containment/cgroup-enclosure.ts';
import type { Enclosure, Member } from './containment/enclosure.ts';
import { GroupEnclosure } from './containment/group-enclosure.ts';
import { hasProcessTable, ignoresTermination, readRow } from './containment/process-table.ts';
import { TableEnclosure } from './containment/table-enclosure.ts';
import { ProgramError } from './program.ts';
import { withUmask } from './umask.ts';

/** P2: from SIGTERM to SIGKILL, ms. */
export const GRACE_MS = 10_000;
/** How long stopping, and dying of SIGKILL, may take before it is called failed, ms. */
const KILL_TIMEOUT_MS = 5_000;
/** Between two looks: at first, and at most, ms. A look reads the whole process table. */
const FIRST_LOOK_MS = 2;
const LONGEST_LOOK_MS = 200;

/** How P2 is kept (HostFacts); platforms without /proc count as `process-table`, in its poorest form. */
export type ContainmentMode = 'cgroup' | 'process-table';

export interface ContainmentOptions {
  /** `process-table` even where a cgroup could be had. */
  readonly mode?: ContainmentMode;
  /** From SIGTERM to SIGKILL, ms. */
  readonly graceMs?: number;
}

/** Prepares a place for a program that will be started with this tag. */
export function openContainment(tag: string, options: ContainmentOptions = {}, umask?: number): Containment {
  const enclosure = openEnclosure(tag, options.mode ?? 'cgroup');
  return new Containment(enclosure, options.graceMs ?? GRACE_MS, umask);
}

/** The containment this host allows (HostFacts.containment), found by trying it. */
export function detectContainment(tag: string): ContainmentMode {
  const path = cgroupOf(tag);
  if (path === undefined || !makeCgroup(path)) return 'process-table';
  new CgroupEnclosure(path, new TableEnclosure(tag)).remove();
  return 'cgroup';
}

function openEnclosure(tag: string, mode: ContainmentMode): Enclosure {
  if (!hasProcessTable) return new GroupEnclosure();
  const path = mode === 'cgroup' ? cgroupOf(tag) : undefined;
  const table = new TableEnclosure(tag);
  return path !== undefined && makeCgroup(path) ? new CgroupEnclosure(path, table) : table;
}

/** One started program and all that it started, as a whole that can be paused and ended (P2). */
export class Containment {
  readonly #enclosure: Enclosure;
  readonly #graceMs: number;
  readonly #umask: number | undefined;
  #forced = false;
  #wake: () => void = () => {};
  #ending: Promise<void> | undefined;

  /** `umask`: of the program; absent: that of this process. */
  constructor(enclosure: Enclosure, graceMs: number, umask?: number) {
    this.#umask = umask;
    this.#enclosure = enclosure;
    this.#graceMs = graceMs;
  }

  /** Runs a spawn whose child, and all of its children, belong here. After a failed one: terminate. */
  start<T extends { readonly pid?: number | undefined }>(spawn: () => T): T {
    const started = this.#enclosure.enclose(() => withUmask(this.#umask ?? ownersUmask(), spawn));
    if (started.pid !== undefined) this.#enclosure.lead(started.pid);
    return started;
  }

  /** Resolves when everything is stopped; rejects, and lets all go on, when something cannot be. */
  async pause(): Promise<void> {
    const stopped = await this.#until(
      () => this.#ending !== undefined || this.#enclosure.stop(),
      KILL_TIMEOUT_MS,
    );
    if (stopped) return;
    this.#enclosure.go();
    throw new ProgramError('INTERNAL_ERROR', 'The program could not be stopped', 'program');
  }

  async resume(): Promise<void> {
    this.#enclosure.go();
  }

  /**
   * Resolves when nothing is left; rejects when something outlives SIGKILL. A second call joins the
   * first, and makes it a forced one if `force` is set; after a failure it tries again.
   */
  terminate(options: { readonly force: boolean }): Promise<void> {
    if (options.force) {
      this.#forced = true;
      this.#wake();
    }
    this.#ending ??= this.#end().catch((error: unknown) => {
      this.#ending = undefined;
      throw error;
    });
    return this.#ending;
  }

  /** Everything of it that is alive. */
  members(): Member[] {
    return this.#enclosure.members();
  }

  async #end(): Promise<void> {
    if (!this.#forced) await this.#askToEnd();
    await this.#until(() => this.#killedAll(), KILL_TIMEOUT_MS);
    const left = this.#enclosure.members().map(({ name, pid }) => `${name} (${pid})`);
    if (left.length > 0) {
      throw new ProgramError(
        'INTERNAL_ERROR',
        `Some of its processes could not be ended: ${left.join(', ')}`,
        'program',
      );
    }
    this.#enclosure.remove();
  }

  /**
   * SIGTERM once to all that is there now, then time to act on it: also for what was paused. What
   * ignores SIGTERM at a terminal, as interactive shells do, hears that its terminal goes, as when a window
   * closes: nobody should wait the whole grace for an idle prompt.
   */
  async #askToEnd(): Promise<void> {
    const members = this.#enclosure.members();
    if (members.length === 0) return;
    for (const member of members) {
      this.#enclosure.signal(member, 'SIGTERM');
      if (isDeafAtTerminal(member.pid)) this.#enclosure.signal(member, 'SIGHUP');
    }
    this.#enclosure.go();
    for (const member of members) this.#enclosure.signal(member, 'SIGCONT');
    await this.#until(() => this.#forced || this.#enclosure.members().length === 0, this.#graceMs);
  }

  /** A stopped process cannot fork between the look and the kill. */
  #killedAll(): boolean {
    if (this.#enclosure.members().length === 0) return true;
    this.#enclosure.stop();
    this.#enclosure.kill();
    return false;
  }

  /** Looks again and again, less and less often, until it is so (true) or the time is over (false). */
  async #until(isSo: () => boolean, boundMs: number): Promise<boolean> {
    const deadline = performance.now() + boundMs;
    for (let wait = FIRST_LOOK_MS; !isSo(); wait = Math.min(wait * 2, LONGEST_LOOK_MS)) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await this.#pauseFor(Math.min(wait, left));
    }
    return true;
  }

  #pauseFor(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isDeafAtTerminal(pid: number): boolean {
  return (readRow(pid)?.foreground ?? -1) !== -1 && ignoresTermination(pid);
}
