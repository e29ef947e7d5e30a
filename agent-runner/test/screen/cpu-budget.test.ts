import { expect, test } from 'vitest';
import { CpuBudget, REST_MS } from '../../src/screen/cpu-budget.ts';

const EPOCH = { epoch: '0123456789abcdef', sequence: 1 } as never;
const MIB = 1024 * 1024;

/** One that is 1 MiB behind, after output of so many MiB a second. */
function behind(mibPerS: number, hasQueried: boolean): CpuBudget {
  const budget = new CpuBudget();
  budget.sliceStarted(0);
  if (hasQueried) budget.queried(EPOCH);
  budget.reached(() => true);
  budget.outputWritten(MIB);
  budget.sliceStarted(1_000 / mibPerS);
  return budget;
}

test('F1: only a program that queries is kept up with, and no flood that nobody could keep up with', () => {
  const rests = (hasQueried: boolean) => [2, 10, 40].map((rate) => behind(rate, hasQueried).rest);
  expect(rests(false)).toEqual([REST_MS.output, REST_MS.flood, REST_MS.flood]);
  expect(rests(true)).toEqual([REST_MS.hurry, REST_MS.hurry, REST_MS.flood]);
});
