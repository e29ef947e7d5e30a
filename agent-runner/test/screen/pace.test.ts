import { expect, test } from 'vitest';
import { Pace, REST_MS } from '../../src/screen/pace.ts';

const EPOCH = { epoch: '0123456789abcdef', sequence: 1 } as never;
const MIB = 1024 * 1024;

/** One that is 1 MiB behind, after output of so many MiB a second. */
function behind(mibPerS: number, asked: boolean): Pace {
  const pace = new Pace();
  pace.begins(0);
  if (asked) pace.asked(EPOCH);
  pace.reached(() => true);
  pace.wrote(MIB);
  pace.begins(1_000 / mibPerS);
  return pace;
}

test('F1: only a program that asks is kept up with, and no flood that nobody could keep up with', () => {
  const rests = (asked: boolean) => [2, 10, 40].map((rate) => behind(rate, asked).rest);
  expect(rests(false)).toEqual([REST_MS.output, REST_MS.flood, REST_MS.flood]);
  expect(rests(true)).toEqual([REST_MS.hurry, REST_MS.hurry, REST_MS.flood]);
});
