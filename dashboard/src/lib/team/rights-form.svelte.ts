import type { Result, WireError } from '@muster/protocol';
import { type Errors, serverErrors } from './errors.ts';

/** The parts of a form that grants rights. `D`: the draft, `W`: the input to send, `T`: the result. */
interface RightsFormOptions<D, F extends string, W, T> {
  readonly draft: D;
  readonly fields: readonly F[];
  /** Returns the input to send, or the errors by field. */
  readonly toInput: (draft: D) => Result<W, Errors<F>>;
  readonly send: (wish: W) => Promise<Result<T, WireError>>;
}

/** A form about a member or a token, or one that is to be: what is typed stays, whatever comes back. */
export class RightsForm<D, F extends string, W, T> {
  draft: D;
  errors = $state.raw<Errors<F>>({});
  pending = $state(false);
  readonly #parts: RightsFormOptions<D, F, W, T>;

  constructor(parts: RightsFormOptions<D, F, W, T>) {
    const held = $state(parts.draft);
    this.draft = held;
    this.#parts = parts;
  }

  /** Resolves to the result, or null when the draft has errors. */
  async submit(): Promise<T | null> {
    const { fields, toInput, send } = this.#parts;
    const wished = toInput(this.draft);
    this.errors = wished.ok ? {} : wished.error;
    if (!wished.ok) return null;
    this.pending = true;
    const answer = await send(wished.value);
    this.pending = false;
    if (!answer.ok) this.errors = serverErrors(fields, answer.error);
    return answer.ok ? answer.value : null;
  }
}
