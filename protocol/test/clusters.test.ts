import { expect, test } from 'vitest';
import { measureClusters } from '../src/clusters.ts';

/** The add-on, with a table that gives each character of `widths` that width, and 1 to all others. */
const addon = (widths: Readonly<Record<number, 0 | 1 | 2>>, joins = 1, version = '15-graphemes') => ({
  activate: ({ unicode }: Parameters<typeof measureClusters>[0]) =>
    unicode.register({
      version,
      wcwidth: (code) => widths[code] ?? 1,
      charProperties: (code) => (code === 0x301 ? joins : 2),
    }),
});
const terminal = () => ({ unicode: { register: () => undefined, activeVersion: '6' } });
const WHOLE = { 28450: 2, 129418: 2 } as const;

test('measures with an add-on whose table is whole', () => {
  const measured = terminal();
  measureClusters(measured, addon(WHOLE));
  expect(measured.unicode.activeVersion).toBe('muster');
});

test.each([
  ['an emoji is narrow', addon({ ...WHOLE, 129418: 1 })],
  ['an ideograph is narrow', addon({ ...WHOLE, 28450: 1 })],
  ['an accent joins nothing', addon(WHOLE, 0)],
])('refuses a damaged table: %s', (_, damaged) => {
  const measured = terminal();
  expect(() => measureClusters(measured, damaged)).toThrow("the add-on's table of Unicode is damaged");
  expect(measured.unicode.activeVersion).toBe('6');
});

test('refuses an add-on that measures by another version', () => {
  expect(() => measureClusters(terminal(), addon(WHOLE, 1, '16'))).toThrow(
    'does not measure by 15-graphemes',
  );
});
