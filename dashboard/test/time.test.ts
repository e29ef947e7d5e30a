import { describe, expect, test } from 'vitest';
import { byDay, dayOf, onDay } from '../src/lib/time.ts';

const at = (month: number, day: number, hour: number) => new Date(2026, month - 1, day, hour).getTime();

describe('a day', () => {
  test('is today until midnight, and yesterday after it', () => {
    const now = at(11, 20, 0);
    expect(dayOf(at(11, 20, 0), now)).toBe('Today');
    expect(dayOf(at(11, 19, 23), now)).toBe('Yesterday');
    expect(dayOf(at(11, 18, 23), now)).toContain('18');
    expect(dayOf(new Date(2025, 10, 18).getTime(), now)).toContain('2025');
  });
  test('has its word in a sentence', () => {
    const now = at(11, 20, 12);
    expect([onDay(now, now), onDay(at(11, 19, 12), now)]).toEqual(['today', 'yesterday']);
    expect(onDay(at(11, 3, 12), now)).toMatch(/^on .*3/);
  });
  test('stands once over all its rows', () => {
    const rows = [at(11, 20, 9), at(11, 20, 8), at(11, 19, 8)];
    const days = byDay(rows, (row) => row, at(11, 20, 10));
    expect(days.map(({ day, rows }) => [day, rows.length])).toEqual([
      ['Today', 2],
      ['Yesterday', 1],
    ]);
  });
});
