import type { Action } from './action.ts';
import { HOST_FAULTS } from './host.ts';
import { LIFE } from './life.ts';
import { NETWORK_FAULTS } from './network.ts';
import { OBJECT_FAULTS } from './object.ts';
import { PEOPLE_FAULTS } from './people.ts';

const ACTIONS: readonly Action[] = [
  ...LIFE,
  ...NETWORK_FAULTS,
  ...OBJECT_FAULTS,
  ...HOST_FAULTS,
  ...PEOPLE_FAULTS,
];

export const FAULT_NAMES: readonly string[] = ACTIONS.filter(({ fault }) => fault).map(({ name }) => name);

let sum = 0;
const TABLE = ACTIONS.map((action) => {
  sum += action.weight;
  return { action, upTo: sum };
});

/** @param chance 0 ≤ chance < 1 */
export function drawn(chance: number): Action {
  const found = TABLE.find(({ upTo }) => chance * sum < upTo);
  if (found === undefined) throw new RangeError('a chance is below 1');
  return found.action;
}
