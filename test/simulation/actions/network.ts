import type { Link } from '../link.ts';
import type { World } from '../world.ts';
import { fault } from './action.ts';

/** Nothing arrives for a while, ms; what is under way stays so. */
function stall(world: World, link: Link | null, most: number): boolean {
  if (link === null) return false;
  link.stalledUntil = world.now + world.random.between(1, most);
  return true;
}

/** N2: the keeper has a new socket while what it sent on the old one, which is half open, still arrives. */
function redial({ keeper, network, now }: World): boolean {
  if (!keeper.alive || keeper.link === null) return false;
  network.abandon(keeper.link, now);
  network.dial(keeper, now);
  return true;
}

/** To one socket that carries an agent's stream. */
const onStream = (happen: (world: World, link: Link) => boolean) => (world: World) => {
  const link = world.network.anyStream();
  return link !== null && happen(world, link);
};

/** To one socket, whichever there is. */
const onAny = (happen: (world: World, link: Link) => boolean) => (world: World) => {
  const link = world.network.any();
  return link !== null && happen(world, link);
};

export const NETWORK_FAULTS = [
  fault(
    'cut',
    1.5,
    onAny((world, link) => {
      world.network.cut(link, world.now);
      return true;
    }),
  ),
  fault(
    'halfOpen',
    1,
    onAny((world, link) => {
      world.network.abandon(link, world.now);
      return true;
    }),
  ),
  fault('redial', 1.5, redial),
  fault(
    'delay',
    2,
    onAny((world, link) => stall(world, link, 2_000)),
  ),
  fault('slowViewer', 1.2, (world) => stall(world, world.anyViewer()?.link ?? null, 60_000)),
  fault(
    'duplicate',
    6,
    onStream((world, link) => world.meddler.duplicate(link)),
  ),
  fault(
    'reorder',
    14,
    onStream((world, link) => world.meddler.reorder(link)),
  ),
  fault(
    'drop',
    4,
    onStream((world, link) => world.meddler.drop(link)),
  ),
  fault('repeatInput', 40, (world) => world.meddler.repeatInput(world.keeper.link)),
] as const;
