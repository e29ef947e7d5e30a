import { E1, KEEPER, opened, Rig } from './rig.ts';

/** `inputVersions`: of input frames that its keeper takes. */
export function running(inputVersions?: number[]): Rig {
  const rig = new Rig();
  rig.hello(KEEPER, inputVersions === undefined ? {} : { inputVersions });
  rig.batch(opened(E1));
  rig.join('v');
  return rig;
}
