/** How long a caller counts as known after they were last let in, ms, and how many are remembered. */
const KNOWN = { time: 10 * 60_000, callers: 20_000 } as const;

/**
 * X14: callers that an object confirmed a short while ago. Objects are still asked about them, but failed
 * attempts by others at the same address do not lock them out.
 */
export class RecentlyVerified<T = true> {
  readonly #known = new Map<string, { readonly value: T; readonly until: number }>();

  get(caller: string, now: number): T | null {
    const known = this.#known.get(caller);
    return known === undefined || known.until <= now ? null : known.value;
  }

  put(caller: string, value: T, now: number): void {
    // The first of the map is the one that was silent for longest.
    this.#known.delete(caller);
    this.#known.set(caller, { value, until: now + KNOWN.time });
    const [oldest] = this.#known.keys();
    if (this.#known.size > KNOWN.callers && oldest !== undefined) this.#known.delete(oldest);
  }

  delete(caller: string): void {
    this.#known.delete(caller);
  }
}
