import { describe, expect, it } from 'vitest';
import { type Rule, Violation } from './checks.ts';
import { PLANTED } from './mutants.ts';
import type { Parts } from './parts.ts';
import { hasCommands } from './scale.ts';
import { World } from './world.ts';

/** Seeds within which a planted fault must show, and the steps of each. */
const SEEDS = 200;
const STEPS = 400;

/** The first rule that is seen broken. What breaks the stream breaks commands too, and shows where there are none. */
function caught(parts: Parts, rule: Rule): Rule | null {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    if (hasCommands(seed) !== rule.startsWith('Q')) continue;
    try {
      new World(seed, parts).run(STEPS);
    } catch (error) {
      if (error instanceof Violation) return error.rule;
      throw error;
    }
  }
  return null;
}

describe('the simulation', () => {
  it.each(PLANTED)('[$rule] catches a fault planted there', ({ rule, parts }) => {
    expect(caught(parts, rule)).toBe(rule);
  });
});
