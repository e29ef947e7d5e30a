import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { firstRow } from '../../src/lib/terminal/follow.ts';

test('the row that is written on is always seen, and the rows below it that belong to it', () => {
  const rows = fc.integer({ min: 1, max: 200 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      cursorRow: fc.nat(count - 1),
      lastRow: fc.nat(count - 1),
      fit: fc.integer({ min: 5, max: 250 }),
    }),
  );
  fc.assert(
    fc.property(rows, ({ cursorRow, lastRow, fit }) => {
      const first = firstRow({ cursorRow, lastRow, fit });
      expect(first).toBeGreaterThanOrEqual(0);
      expect(cursorRow).toBeGreaterThanOrEqual(first);
      expect(cursorRow).toBeLessThan(first + fit);
      // A prompt's frame and hints: up to three rows.
      const belongs = Math.max(cursorRow, Math.min(lastRow, cursorRow + 3));
      if (fit > 3) expect(belongs).toBeLessThan(first + fit);
    }),
  );
  expect(firstRow({ cursorRow: 23, lastRow: 23, fit: 12 })).toBe(12);
  expect(firstRow({ cursorRow: 20, lastRow: 23, fit: 12 })).toBe(12);
  expect(firstRow({ cursorRow: 2, lastRow: 2, fit: 12 })).toBe(0);
});
