import { expect, test } from 'vitest';
import { ago, bytes, duration, plural, took } from '../../src/lib/agents/format.ts';

test.each([
  [-5, '0s'],
  [59_999, '59s'],
  [60_000, '1m 00s'],
  [3_599_999, '59m 59s'],
  [7_620_000, '2h 07m'],
  [97 * 3_600_000, '4d 01h'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, 'now'],
  [44_000, '40s'],
  [61_000, '1m'],
  [3 * 3_600_000, '3h'],
  [50 * 3_600_000, '2d'],
])('%d ms ago is %s', (ms, text) => {
  expect(ago(1_000_000, 1_000_000 + ms)).toBe(text);
});

test.each([
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [64 * 1024 ** 3, '64 GiB'],
  [250 * 1024 ** 2, '250 MiB'],
])('%d bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test('counts and times read as a person says them', () => {
  expect([plural(1, 'agent'), plural(0, 'agent'), took(38.4), took(1_440)]).toEqual([
    '1 agent',
    '0 agents',
    '38 ms',
    '1.4 s',
  ]);
});
