import { describe, expect, it } from 'vitest';
import { type Rule, Violation } from './checks.ts';
import type { Parts } from './parts.ts';
import { outsideOfPromises } from './platform/microtasks.ts';
import { KEPT_SEEDS } from './seeds.ts';
import { PLANTED_IN_SHELLS } from './shell-mutants.ts';
import { liveInShells } from './shells.ts';

const SEEDS = 60;
const STEPS = 400;
/** Seeds within which a planted fault must show. */
const FAULTY_SEEDS = 40;
/** Beside other work it takes minutes, ms. */
const LONG = 600_000;

/** The first rule that is broken. */
function caught(parts: Parts): Rule | null {
  for (let seed = 1; seed <= FAULTY_SEEDS; seed += 1) {
    try {
      liveInShells(seed, STEPS, { parts });
    } catch (error) {
      if (error instanceof Violation) return error.rule;
      throw error;
    }
  }
  return null;
}

describe('a team under faults, on Durable Objects as they ship', () => {
  it.each(KEPT_SEEDS)('seed $seed stays well: $found', ({ seed, steps }) =>
    outsideOfPromises(() => {
      liveInShells(seed, steps);
    }),
  );

  it(
    'nothing lost, nothing doubled, everybody arrives',
    () =>
      outsideOfPromises(() => {
        let events = 0;
        for (let seed = 1; seed <= SEEDS; seed += 1) events += liveInShells(seed, STEPS).events;
        expect(events).toBeGreaterThan((SEEDS * STEPS) / 2);
      }),
    LONG,
  );

  it.each(PLANTED_IN_SHELLS)('[$rule] catches that $fault', ({ rule, parts }) =>
    outsideOfPromises(() => expect(caught(parts)).toBe(rule)),
  );
});
