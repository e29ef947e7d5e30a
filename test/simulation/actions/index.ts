import type { Action } from './action.ts';
import { COMMAND_FAULTS, COMMANDS } from './commands.ts';
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

const WITH_COMMANDS: readonly Action[] = [...ACTIONS, ...COMMANDS, ...COMMAND_FAULTS];

export const FAULT_NAMES: readonly string[] = WITH_COMMANDS.filter(({ fault }) => fault).map(
  ({ name }) => name,
);

function tableOf(actions: readonly Action[]) {
  let sum = 0;
  const rows = actions.map((action) => {
    sum += action.weight;
    return { action, upTo: sum };
  });
  return { rows, sum };
}
const PLAIN = tableOf(ACTIONS);
const FULL = tableOf(WITH_COMMANDS);

/** @param chance 0 ≤ chance < 1 */
export function drawn(chance: number, commands: boolean): Action {
  const { rows, sum } = commands ? FULL : PLAIN;
  const found = rows.find(({ upTo }) => chance * sum < upTo);
  if (found === undefined) throw new RangeError('a chance is below 1');
  return found.action;
}
