import { expect, test } from 'vitest';
import { backoff, dialBackoff, slowDialBackoff } from '../src/index.ts';

test('what failed waits 1, 2, 4, 8, 16, 30 s, and 30 from then on', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100].map(backoff)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

test('[M9] a lost socket is dialled after 0–500 ms, then 1, 2, 4, 8, 16, 30 s ± 20 %', () => {
  expect([dialBackoff(1, 0), dialBackoff(1, 0.999)]).toEqual([0, 499.5]);
  const steps = [1, 2, 4, 8, 16, 30, 30, 30];
  for (const [index, seconds] of steps.entries()) {
    expect(dialBackoff(index + 2, 0)).toBeCloseTo(seconds * 800);
    expect(dialBackoff(index + 2, 0.5)).toBeCloseTo(seconds * 1_000);
    expect(dialBackoff(index + 2, 1)).toBeCloseTo(seconds * 1_200);
  }
  expect(slowDialBackoff(0.5)).toBe(30_000);
});
