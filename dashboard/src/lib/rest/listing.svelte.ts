import type { Result, WireError } from '@muster/protocol';

/** A list that is loaded whole. The rows shown stay until the next answer arrives. */
export class Listing<T> {
  /** Null: not known yet. */
  rows = $state.raw<readonly T[] | null>(null);
  failure = $state.raw<WireError | null>(null);
  readonly #ask: (signal: AbortSignal) => Promise<Result<readonly T[], WireError>>;
  #asked = new AbortController();

  constructor(ask: (signal: AbortSignal) => Promise<Result<readonly T[], WireError>>) {
    this.#ask = ask;
  }

  async reload(): Promise<void> {
    this.#asked.abort();
    const asked = new AbortController();
    this.#asked = asked;
    const answer = await this.#ask(asked.signal);
    if (asked.signal.aborted) return;
    this.failure = answer.ok ? null : answer.error;
    if (answer.ok) this.rows = answer.value;
  }

  /** Runs a change, then reloads the list. Resolves to why it was refused, or null. */
  async after(order: Promise<Result<unknown, WireError>>): Promise<WireError | null> {
    const answer = await order;
    if (!answer.ok) return answer.error;
    await this.reload();
    return null;
  }

  close(): void {
    this.#asked.abort();
  }
}
