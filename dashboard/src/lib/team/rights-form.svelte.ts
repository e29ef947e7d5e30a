import type { Result, WireError } from '@muster/protocol';
import { type Errors, serverErrors } from './errors.ts';

/** What a form that gives rights is made of. `D`: what is typed, `W`: what is sent, `T`: what comes of it. */
interface Parts<D, F extends string, W, T> {
  readonly draft: D;
  readonly fields: readonly F[];
  /** What to send, or what to mend. */
  readonly wish: (draft: D) => Result<W, Errors<F>>;
  readonly send: (wish: W) => Promise<Result<T, WireError>>;
}

/** A form about a member or a token, or one that is to be: what is typed stays, whatever comes back. */
export class RightsForm<D, F extends string, W, T> {
  draft: D;
  errors = $state.raw<Errors<F>>({});
  pending = $state(false);
  readonly #parts: Parts<D, F, W, T>;

  constructor(parts: Parts<D, F, W, T>) {
    const held = $state(parts.draft);
    this.draft = held;
    this.#parts = parts;
  }

  /** What came of it, or null when something has to be mended first. */
  async submit(): Promise<T | null> {
    const { fields, wish, send } = this.#parts;
    const wished = wish(this.draft);
    this.errors = wished.ok ? {} : wished.error;
    if (!wished.ok) return null;
    this.pending = true;
    const answer = await send(wished.value);
    this.pending = false;
    if (!answer.ok) this.errors = serverErrors(fields, answer.error);
    return answer.ok ? answer.value : null;
  }
}
