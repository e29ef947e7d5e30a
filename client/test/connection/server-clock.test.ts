import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { NO_CLOCK, observeTimestamp, serverTime } from '../../src/sync/index.ts';

const HOUR = 3_600_000;

describe('[M12] the server’s clock', () => {
  it('is this machine’s own until the server spoke', () => {
    expect(serverTime(NO_CLOCK, 17, 1_000)).toBe(1_000);
  });

  it('is known to within the quickest message, however far off this machine’s is', () => {
    const delays = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(delays, fc.integer({ min: -24 * HOUR, max: 24 * HOUR }), (all, off) => {
        let clock = NO_CLOCK;
        let steady = 5_000;
        for (const delay of all) {
          steady += 100_000;
          clock = observeTimestamp(clock, steady + off - delay, steady, false);
        }
        expect(steady + off - serverTime(clock, steady, 0)).toBe(Math.min(...all));
      }),
    );
  });

  it('is learnt anew by each connection: a machine that slept has lost count', () => {
    const before = observeTimestamp(NO_CLOCK, 10 * HOUR, 1_000, true);
    expect(serverTime(observeTimestamp(before, 9 * HOUR, 2_000, true), 2_000, 0)).toBe(9 * HOUR);
    expect(serverTime(observeTimestamp(before, 9 * HOUR, 2_000, false), 2_000, 0)).toBe(10 * HOUR + 1_000);
  });
});
