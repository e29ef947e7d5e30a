import type { Result, WireError } from '@muster/protocol';

/** One answer of a list: its rows and where the next begin; null: there are none. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly next: number | null;
}

/** `first`: nothing is known yet. `more`: further rows are on their way. */
type Loading = 'first' | 'more' | 'none';

/** A list that is read page by page, newest first. An answer to a question that was replaced is dropped. */
export class Pages<T> {
  rows = $state.raw<readonly T[]>([]);
  loading = $state<Loading>('first');
  failure = $state.raw<WireError | null>(null);
  next = $state.raw<number | null>(null);
  #ask: (before: number | undefined, signal: AbortSignal) => Promise<Result<Page<T>, WireError>>;
  #asked = new AbortController();

  constructor(ask: (before: number | undefined, signal: AbortSignal) => Promise<Result<Page<T>, WireError>>) {
    this.#ask = ask;
  }

  /** From the start; what is shown stays until the answer is there. */
  reload(): Promise<void> {
    return this.#load('first', undefined);
  }

  more(): Promise<void> {
    if (this.next === null || this.loading !== 'none') return Promise.resolve();
    return this.#load('more', this.next);
  }

  /** Repeats the request that failed. */
  retry(): Promise<void> {
    return this.rows.length > 0 && this.next !== null ? this.more() : this.reload();
  }

  close(): void {
    this.#asked.abort();
  }

  async #load(loading: 'first' | 'more', before: number | undefined): Promise<void> {
    this.#asked.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.loading = loading;
    const answer = await this.#ask(before, asked.signal);
    if (asked.signal.aborted) return;
    this.loading = 'none';
    if (!answer.ok) {
      this.failure = answer.error;
      return;
    }
    this.failure = null;
    this.rows = loading === 'first' ? answer.value.rows : [...this.rows, ...answer.value.rows];
    this.next = answer.value.next;
  }
}
