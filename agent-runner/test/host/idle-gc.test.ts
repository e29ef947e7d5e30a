import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IdleGc } from '../../src/host/idle-gc.ts';

const MIB = 1024 * 1024;
let used = 0;
let given = 0;
const make = () =>
  new IdleGc({
    used: () => used,
    collect: () => {
      given += 1;
      used = 50 * MIB;
    },
  });

beforeEach(() => {
  vi.useFakeTimers();
  used = 65 * MIB;
  given = 0;
});
afterEach(() => vi.useRealTimers());

test('[F11] gives memory back once it has been quiet for 3 s, and not before', () => {
  const rest = make();
  rest.touch();
  vi.advanceTimersByTime(2_000);
  rest.touch();
  vi.advanceTimersByTime(2_900);
  expect(given).toBe(0);
  vi.advanceTimersByTime(200);
  expect(given).toBe(1);
});

test('[F11] a little that happens since costs nothing; a burst that made it grow is given back too', () => {
  const rest = make();
  rest.touch();
  vi.advanceTimersByTime(4_000);
  used = 50.5 * MIB;
  rest.touch();
  vi.advanceTimersByTime(4_000);
  expect(given).toBe(1);
  used = 90 * MIB;
  rest.touch();
  vi.advanceTimersByTime(4_000);
  expect(given).toBe(2);
});

test('[F11] at rest it wakes nothing', () => {
  const rest = make();
  rest.touch();
  vi.advanceTimersByTime(4_000);
  expect(vi.getTimerCount()).toBe(0);
});

test('[F11] this Node has the collector that it asks for', () => {
  vi.useRealTimers();
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  const before = process.memoryUsage().heapUsed;
  const garbage = Array.from({ length: 200_000 }, () => ({}));
  garbage.length = 0;
  new IdleGc().touch();
  vi.advanceTimersByTime(4_000);
  expect(process.memoryUsage().heapUsed).toBeLessThan(before + 4 * MIB);
});
