import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  FIRST_PACE,
  LATE_MS,
  MAX_ALLOWANCE,
  MAX_REST,
  MIN_ALLOWANCE,
  nextPace,
  shareOf,
} from '../../src/lib/terminal/pacing.ts';

describe('[F13] the pace of parsing', () => {
  test('grows while frames come in time and everything was wanted', () => {
    const spent = FIRST_PACE.allowance;
    expect(nextPace(FIRST_PACE, { interval: 16, spent }).allowance).toBeGreaterThan(spent);
  });

  test('shrinks at once when a frame is late, and leaves frames out', () => {
    const next = nextPace(FIRST_PACE, { interval: LATE_MS + 1, spent: 1 });
    expect(next.allowance).toBeLessThan(FIRST_PACE.allowance);
    expect(next.rest).toBe(1);
  });

  test('comes back to every frame, slowly', () => {
    let pace = { ...FIRST_PACE, rest: 1 };
    for (let frame = 0; frame < 8; frame += 1) pace = nextPace(pace, { interval: 16, spent: 10 });
    expect(pace).toEqual(FIRST_PACE);
  });

  test('takes a share of what waits at least, so a backlog has an end', () => {
    expect(shareOf(FIRST_PACE, 0)).toBe(FIRST_PACE.allowance);
    expect(shareOf(FIRST_PACE, 32 * MAX_ALLOWANCE)).toBe(2 * MAX_ALLOWANCE);
  });

  test('stays within its bounds whatever happens', () => {
    const report = fc.record({ interval: fc.nat(500), spent: fc.nat(2 * MAX_ALLOWANCE) });
    fc.assert(
      fc.property(fc.array(report), (reports) => {
        const { allowance, rest } = reports.reduce(nextPace, FIRST_PACE);
        expect(allowance).toBeGreaterThanOrEqual(MIN_ALLOWANCE);
        expect(allowance).toBeLessThanOrEqual(MAX_ALLOWANCE);
        expect(rest).toBeGreaterThanOrEqual(0);
        expect(rest).toBeLessThanOrEqual(MAX_REST);
      }),
    );
  });
});
