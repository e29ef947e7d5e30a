import { type Refusal, Refusals } from './refusals.ts';

/** How often it is looked whether counted ones are to be told, ms. */
const LOOK = 60_000;

/**
 * X8a: the same with a clock: a flood that ends is told of too, within two minutes. A timer, not the alarm, which would
 * be a row: it is only there while refusals wait.
 */
export class CountedRefusals {
  readonly #refusals = new Refusals();
  readonly #tell: (refusal: Refusal) => void;
  #looks = false;

  constructor(tell: (refusal: Refusal) => void) {
    this.#tell = tell;
  }

  admit(refusal: Refusal, now: number): Refusal | null {
    const admitted = this.#refusals.admit(refusal, now);
    if (admitted === null) void this.#look();
    return admitted;
  }

  async #look(): Promise<void> {
    if (this.#looks) return;
    this.#looks = true;
    while (this.#refusals.waits) {
      await scheduler.wait(LOOK);
      for (const refusal of this.#refusals.due(Date.now())) this.#tell(refusal);
    }
    this.#looks = false;
  }
}
