/** The outcome of a battery's trials. */
export class TrialResults {
  passed = 0;
  readonly complaints: string[] = [];
  readonly notes: string[] = [];

  /** One trial, or one condition of the whole, does not hold. */
  fail(why: string): void {
    this.complaints.push(why);
  }

  /** One trial is over: it passed if nothing is wrong with it. */
  trial(...wrong: readonly (string | null)[]): void {
    const found = wrong.filter((why) => why !== null);
    if (found.length === 0) this.passed += 1;
    this.complaints.push(...found);
  }

  /** A figure for the battery's line. */
  note(text: string): void {
    this.notes.push(text);
  }

  /** A condition of the whole. */
  expect(holds: boolean, why: string): void {
    if (!holds) this.fail(why);
  }
}

/** Describes a difference between two values that must be equal; null when they are. */
export function differs(what: string, found: unknown, wanted: unknown): string | null {
  if (found === wanted) return null;
  return `${what}: ${String(found)}, not ${String(wanted)}`;
}
