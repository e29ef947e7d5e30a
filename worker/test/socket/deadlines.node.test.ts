import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Deadlines } from '../../src/socket/deadlines.ts';

const step = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  at: fc.option(fc.integer({ min: 0, max: 5 })),
});

describe('Deadlines', () => {
  it('[H2] gives the earliest of those that are set, whatever was added and removed', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const dues = new Deadlines();
        const model = new Map<string, number>();
        for (const { id, at } of steps) {
          if (at === null) {
            dues.delete(id);
            model.delete(id);
          } else {
            dues.set(id, at);
            model.set(id, at);
          }
          expect(dues.earliest).toBe(model.size === 0 ? null : Math.min(...model.values()));
        }
      }),
    );
  });
});
