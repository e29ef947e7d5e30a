/** The rules of SPEC.md that are held against every step. */
export const RULES = [
  'S1',
  'S2',
  'S3',
  'S4',
  'S4a',
  'S5',
  'S6',
  'S6a',
  'S7',
  'S8',
  'S10',
  'S14',
  'N1',
  'N2',
  'P3',
  'P4',
  'I1',
  'I2',
  'R1',
  'R3',
  'H2',
  'M9',
  'Q1',
  'Q2',
  'Q3',
  'Q5',
  'Q9',
  'Q10',
  'R2',
] as const;
export type Rule = (typeof RULES)[number];

/** A rule was broken; the world stops there. */
export class Violation extends Error {
  readonly rule: Rule;

  constructor(rule: Rule, why: string) {
    super(`[${rule}] ${why}`);
    this.rule = rule;
  }
}

/** How often each rule was asked. */
export class Checks {
  readonly counts = new Map<Rule, number>();

  /** @throws Violation when the rule does not hold. */
  hold(rule: Rule, holds: boolean, why: () => string): void {
    this.counts.set(rule, (this.counts.get(rule) ?? 0) + 1);
    if (!holds) throw new Violation(rule, why());
  }
}
