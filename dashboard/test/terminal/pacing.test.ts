import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FIRST_PACE,
  LATE_MS,
  MAX_ALLOWANCE,
  MIN_ALLOWANCE,
  nextPace,
} from '../../src/lib/terminal/pacing.ts';

describe('[F13] the pace of parsing', () => {
  test('grows while frames come in time and everything was wanted', () => {
    const spent = FIRST_PACE.allowance;
    expect(nextPace(FIRST_PACE, { interval: 16, spent }).allowance).toBeGreaterThan(spent);
  });

  test('shrinks at once when a frame is late', () => {
    const report = { interval: LATE_MS + 1, spent: 1 };
    expect(nextPace(FIRST_PACE, report).allowance).toBeLessThan(FIRST_PACE.allowance);
  });

  test('learns nothing from a page that was idle', () => {
    expect(nextPace(FIRST_PACE, { interval: 5_000, spent: 0 })).toBe(FIRST_PACE);
    expect(nextPace(FIRST_PACE, { interval: 16, spent: 10 })).toBe(FIRST_PACE);
  });

  test('stays within its bounds whatever happens', () => {
    const report = fc.record({ interval: fc.nat(500), spent: fc.nat(2 * MAX_ALLOWANCE) });
    fc.assert(
      fc.property(fc.array(report), (reports) => {
        const { allowance } = reports.reduce(nextPace, FIRST_PACE);
        expect(allowance).toBeGreaterThanOrEqual(MIN_ALLOWANCE);
        expect(allowance).toBeLessThanOrEqual(MAX_ALLOWANCE);
      }),
    );
  });
});
