import { type Refusal, RefusalLimiter } from './refusal-limiter.ts';

/** How often counted refusals are checked, ms. */
const REPORT_INTERVAL = 60_000;

/**
 * X8a: the same with a clock: a flood that ends is told of too, within two minutes. A timer, not the alarm, which would
 * be a row: it is only there while refusals wait.
 */
export class RefusalReporter {
  readonly #refusals = new RefusalLimiter();
  readonly #report: (refusal: Refusal) => void;
  #isReporting = false;

  constructor(report: (refusal: Refusal) => void) {
    this.#report = report;
  }

  admit(refusal: Refusal, now: number): Refusal | null {
    const admitted = this.#refusals.admit(refusal, now);
    if (admitted === null) void this.#reportCounted();
    return admitted;
  }

  async #reportCounted(): Promise<void> {
    if (this.#isReporting) return;
    this.#isReporting = true;
    while (this.#refusals.hasCounted) {
      await scheduler.wait(REPORT_INTERVAL);
      for (const refusal of this.#refusals.takeDue(Date.now())) this.#report(refusal);
    }
    this.#isReporting = false;
  }
}
