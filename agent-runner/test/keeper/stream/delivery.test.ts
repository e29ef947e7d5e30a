import { expect, test } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { Delivery } from '../../support/delivery.ts';

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('output' as const), text: fc.string({ unit: 'grapheme' }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('flood' as const),
      bytes: fc.integer({ min: 1, max: 3_000_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('event' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 20, 50, 1_000) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('toRoom' as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('toKeeper' as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('connect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resetRoom' as const) }) },
);
const restarts = fc.oneof(
  { weight: 12, arbitrary: step },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('tear' as const), bytes: fc.integer({ min: 1, max: 300 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('powerLoss' as const),
      bytes: fc.integer({ min: 0, max: 5_000 }),
    }),
  },
);

test('[S1][S2][S3][S4] cuts, resends and resets of the room lose nothing and double nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const run = new Delivery();
      for (const each of steps) run.apply(each);
      run.settle();
      expect(run.delivered()).toEqual(run.appended());
      expect(run.outputRead()).toBe(run.outputPushed());
    }),
    { numRuns: Number(process.env['MUSTER_RUNS'] ?? 150) },
  );
});

test('[S1] restarts, torn tails and power losses: no number used twice, a lost end is marked', () => {
  fc.assert(
    fc.property(fc.array(restarts, { maxLength: 60 }), (steps) => {
      const run = new Delivery();
      for (const each of steps) run.apply(each);
      run.settle();
      run.checkHonest();
    }),
    { numRuns: Number(process.env['MUSTER_RUNS'] ?? 150) },
  );
});
