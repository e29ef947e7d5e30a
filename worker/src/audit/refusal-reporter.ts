import { type Refusal, RefusalLimiter } from './refusal-limiter.ts';

/** How often counted refusals are checked, ms. */
const REPORT_INTERVAL = 60_000;

/**
 * X8a: adds a clock to the limiter: a flood that ends is reported within two minutes. It uses a timer, which
 * exists only while refusals wait, because an alarm would write a row.
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
