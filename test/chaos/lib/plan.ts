import type { Battery } from './battery.ts';

const STEPS = 40;

/** s that these batteries take at this share of their full counts. */
function costOf(batteries: readonly Battery[], share: number): number {
  return batteries.reduce((sum, one) => sum + one.cost.fixed + one.cost.each * countAt(one, share), 0);
}

const countAt = ({ target, minimum }: Battery, share: number) =>
  Math.max(Math.min(minimum, target), Math.round(target * share));

/**
 * How many trials of each battery there is time for: all of them, or the same share of each. It depends on
 * what is asked alone, not on the machine, so a run is repeated by its seed. `seconds`: null for all.
 */
export function plan(batteries: readonly Battery[], seconds: number | null): ReadonlyMap<Battery, number> {
  let [low, high] = [0, 1];
  if (seconds !== null && costOf(batteries, 1) > seconds) {
    for (let step = 0; step < STEPS; step += 1) {
      const middle = (low + high) / 2;
      if (costOf(batteries, middle) > seconds) high = middle;
      else low = middle;
    }
  } else low = 1;
  return new Map(batteries.map((battery) => [battery, countAt(battery, low)]));
}
