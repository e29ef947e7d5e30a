import { Alarm } from './alarm.ts';

/** P11: a keeper without a program, a command and a runner ends after so long, ms. */
export const IDLE_TIMEOUT_MS = 10 * 60_000;
/** How often a keeper without a runner checks whether all agents are meant to end, ms. */
const CHECK_INTERVAL_MS = 1_000;
/** A shorter connection, such as that of `muster-runner status`, was no runner's; ms. */
const MIN_CONNECTION_MS = 5_000;

export interface RunnerWatchdogDeps {
  /** ms. */
  readonly now: () => number;
  readonly idleTimeoutMs?: number;
  readonly alarm?: (ring: () => void) => Pick<Alarm, 'set'>;
  /** Since when nothing runs and nothing is due, ms; null: something is. */
  readonly atRestSince: () => number | null;
  /** P2: all agents of this host are meant to end. */
  readonly isStopRequested: () => boolean;
  readonly end: (why: 'stop' | 'idle') => void;
}

/**
 * Watches for the runner's absence. The keeper goes on without one (P3), unless its host was meant to stop, which its
 * runner did not live to tell it, or it has nothing to do (P11).
 */
export class RunnerWatchdog {
  readonly #deps: RunnerWatchdogDeps;
  readonly #alarm: Pick<Alarm, 'set'>;
  readonly #idleTimeoutMs: number;
  #runnerLostAt: number;
  #attachedAt: number | null = null;
  #isOver = false;

  constructor(deps: RunnerWatchdogDeps) {
    this.#deps = deps;
    this.#idleTimeoutMs = deps.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    this.#runnerLostAt = deps.now();
    const ring = () => this.#check();
    this.#alarm = deps.alarm?.(ring) ?? new Alarm(ring);
    this.#scheduleCheck();
  }

  /** How many are connected to the keeper now. */
  connectionsChanged(count: number): void {
    const now = this.#deps.now();
    if (count > 0) {
      this.#attachedAt ??= now;
      this.#alarm.set(null, now);
      return;
    }
    if (this.#attachedAt === null) return;
    if (now - this.#attachedAt >= MIN_CONNECTION_MS) this.#runnerLostAt = now;
    this.#attachedAt = null;
    this.#check();
  }

  close(): void {
    this.#alarm.set(null, 0);
  }

  #check(): void {
    if (this.#attachedAt !== null || this.#isOver) return;
    if (this.#deps.isStopRequested()) return this.#end('stop');
    const restedSince = this.#deps.atRestSince();
    const now = this.#deps.now();
    const since = restedSince === null ? now : Math.max(this.#runnerLostAt, restedSince);
    if (restedSince !== null && now - since >= this.#idleTimeoutMs) return this.#end('idle');
    this.#scheduleCheck();
  }

  #end(why: 'stop' | 'idle'): void {
    this.#isOver = true;
    this.#deps.end(why);
  }

  #scheduleCheck(): void {
    const now = this.#deps.now();
    this.#alarm.set(now + Math.min(CHECK_INTERVAL_MS, this.#idleTimeoutMs), now);
  }
}
