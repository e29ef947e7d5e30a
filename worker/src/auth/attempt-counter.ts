/** How many attempts of one kind of caller may fail in a period, and how many callers are remembered. */
export interface AttemptLimits {
  readonly attempts: number;
  /** ms. */
  readonly period: number;
  readonly callers: number;
}

interface Entry {
  /** When its period began, ms. */
  readonly since: number;
  readonly failed: number;
  /** Attempts that wait for their answer. They count as failed until it is known that they are not. */
  readonly pending: number;
}

/**
 * `go`: the attempt is counted, and `settle` must follow. `wait`: it may be let in when an attempt before it turns out
 * well. `refuse`: nothing is let in before the period ends.
 */
export type Admission = 'go' | 'wait' | 'refuse';

/**
 * Counts the attempts of callers before they cause anything: a failed one stays counted until its period ends, a good one
 * is taken back. So many good callers behind one address never lock themselves out. Bounded; pure but for its memory.
 */
export class AttemptCounter {
  readonly #limits: AttemptLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  admit(caller: string, now: number): Admission {
    const entry = this.#entry(caller, now);
    const { attempts } = this.#limits;
    if (entry.failed >= attempts) return 'refuse';
    if (entry.failed + entry.pending >= attempts) return 'wait';
    this.#put(caller, { ...entry, pending: entry.pending + 1 });
    return 'go';
  }

  /** The answer of an attempt that was let in. */
  complete(caller: string, failed: boolean, now: number): void {
    const entry = this.#entry(caller, now);
    const pending = Math.max(0, entry.pending - 1);
    this.#put(caller, { ...entry, pending, failed: entry.failed + (failed ? 1 : 0) });
  }

  /** An attempt that failed without causing anything. */
  fail(caller: string, now: number): void {
    const entry = this.#entry(caller, now);
    this.#put(caller, { ...entry, failed: entry.failed + 1 });
  }

  /** Lets nothing in for a whole period from now on: this caller was counted elsewhere too. */
  block(caller: string, now: number): void {
    this.#put(caller, { since: now, failed: this.#limits.attempts, pending: 0 });
  }

  isBlocked(caller: string, now: number): boolean {
    return this.#entry(caller, now).failed >= this.#limits.attempts;
  }

  /** Attempts whose answer never came, as when their caller hung up, go with their period. */
  #entry(caller: string, now: number): Entry {
    const known = this.#entries.get(caller);
    const isOver = known === undefined || now - known.since >= this.#limits.period || now < known.since;
    return isOver ? { since: now, failed: 0, pending: 0 } : known;
  }

  #put(caller: string, entry: Entry): void {
    // The first of the map is the caller that was silent for longest.
    this.#entries.delete(caller);
    if (entry.failed === 0 && entry.pending === 0) return;
    this.#entries.set(caller, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limits.callers && oldest !== undefined) this.#entries.delete(oldest);
  }
}
