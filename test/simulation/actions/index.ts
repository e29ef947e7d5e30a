import type { Scale } from '../scale.ts';
import type { Action } from './action.ts';
import { COMMAND_FAULTS, COMMANDS } from './commands.ts';
import { HOST_FAULTS } from './host.ts';
import { LAPTOP_FAULTS } from './laptops.ts';
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

const WITH_COMMANDS: readonly Action[] = [...ACTIONS, ...COMMANDS, ...COMMAND_FAULTS];

export const FAULT_NAMES: readonly string[] = [...WITH_COMMANDS, ...LAPTOP_FAULTS]
  .filter(({ fault }) => fault)
  .map(({ name }) => name);

function tableOf(actions: readonly Action[]) {
  let sum = 0;
  const rows = actions.map((action) => {
    sum += action.weight;
    return { action, upTo: sum };
  });
  return { rows, sum };
}
const [PLAIN, FULL] = [ACTIONS, WITH_COMMANDS].map((actions) => ({
  awake: tableOf(actions),
  asleep: tableOf([...actions, ...LAPTOP_FAULTS]),
}));

/** @param chance 0 ≤ chance < 1 */
export function drawn(chance: number, { commands, laptops }: Scale): Action {
  const tables = commands === null ? PLAIN : FULL;
  const table = laptops ? tables?.asleep : tables?.awake;
  const found = table?.rows.find(({ upTo }) => chance * table.sum < upTo);
  if (found === undefined) throw new RangeError('a chance is below 1');
  return found.action;
}
