import type { WireError } from '@muster/protocol';

/** Results that are remembered for repeats. */
const RESULTS = 1_000;

type Known =
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly error: WireError | undefined };

/** I1 on the host: a request is done once, and a repeat gets the result of the first. */
export class RequestLog {
  readonly #known = new Map<string, Known>();

  /** Returns what is known of the request; null: it is new, and counts as running from now on. */
  begin(requestId: string): Known | null {
    const known = this.#known.get(requestId);
    if (known !== undefined) return known;
    this.#known.set(requestId, { state: 'running' });
    const oldest = this.#known.size > RESULTS ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    return null;
  }

  finish(requestId: string, error: WireError | undefined): void {
    this.#known.set(requestId, { state: 'done', error });
  }
}
