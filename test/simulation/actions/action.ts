import type { World } from '../world.ts';

/** Something that can happen to a world. */
export interface Action<Name extends string = string> {
  readonly name: Name;
  /** How often beside the others. */
  readonly weight: number;
  /** Whether it is a fault: those are counted, and each must have been. */
  readonly fault: boolean;
  /** False: there was nothing to do it to. */
  readonly happen: (world: World) => boolean;
}

type Happen = Action['happen'];

export const fault = <Name extends string>(name: Name, weight: number, happen: Happen): Action<Name> => ({
  name,
  weight,
  fault: true,
  happen,
});

export const life = <Name extends string>(name: Name, weight: number, happen: Happen): Action<Name> => ({
  name,
  weight,
  fault: false,
  happen,
});
