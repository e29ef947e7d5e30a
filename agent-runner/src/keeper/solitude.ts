import { Alarm } from './alarm.ts';

/** P11: a keeper without a program, a command and a runner ends after so long, ms. */
export const SOLITUDE_MS = 10 * 60_000;
/** How often a keeper without a runner looks whether all agents are meant to end, ms. */
const LOOK_EVERY_MS = 1_000;
/** Somebody who asked for the status and went, as `muster-runner status` does, was no runner; ms. */
const BRIEF_MS = 5_000;

export interface SolitudeDeps {
  /** ms. */
  readonly now: () => number;
  readonly patienceMs?: number;
  readonly alarm?: (ring: () => void) => Pick<Alarm, 'set'>;
  /** Since when nothing runs and nothing is due, ms; null: something is. */
  readonly atRestSince: () => number | null;
  /** P2: all agents of this host are meant to end. */
  readonly isStopMeant: () => boolean;
  readonly end: (why: 'stop' | 'idle') => void;
}

/**
 * What a keeper does while no runner is connected to it. It goes on (P3), unless its host was meant to stop, which its
 * runner did not live to tell it, or it has nothing to do (P11).
 */
export class Solitude {
  readonly #deps: SolitudeDeps;
  readonly #alarm: Pick<Alarm, 'set'>;
  readonly #patienceMs: number;
  #aloneSince: number;
  #attachedAt: number | null = null;
  #isOver = false;

  constructor(deps: SolitudeDeps) {
    this.#deps = deps;
    this.#patienceMs = deps.patienceMs ?? SOLITUDE_MS;
    this.#aloneSince = deps.now();
    const ring = () => this.#look();
    this.#alarm = deps.alarm?.(ring) ?? new Alarm(ring);
    this.#wait();
  }

  /** How many are connected to the keeper now. */
  attached(count: number): void {
    const now = this.#deps.now();
    if (count > 0) {
      this.#attachedAt ??= now;
      this.#alarm.set(null, now);
      return;
    }
    if (this.#attachedAt === null) return;
    if (now - this.#attachedAt >= BRIEF_MS) this.#aloneSince = now;
    this.#attachedAt = null;
    this.#look();
  }

  close(): void {
    this.#alarm.set(null, 0);
  }

  #look(): void {
    if (this.#attachedAt !== null || this.#isOver) return;
    if (this.#deps.isStopMeant()) return this.#end('stop');
    const restedSince = this.#deps.atRestSince();
    const now = this.#deps.now();
    const since = restedSince === null ? now : Math.max(this.#aloneSince, restedSince);
    if (restedSince !== null && now - since >= this.#patienceMs) return this.#end('idle');
    this.#wait();
  }

  #end(why: 'stop' | 'idle'): void {
    this.#isOver = true;
    this.#deps.end(why);
  }

  #wait(): void {
    const now = this.#deps.now();
    this.#alarm.set(now + Math.min(LOOK_EVERY_MS, this.#patienceMs), now);
  }
}
