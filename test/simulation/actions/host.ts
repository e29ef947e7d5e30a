import type { World } from '../world.ts';
import { fault } from './action.ts';

/** A keeper process ends: its socket closes, sooner or later for the room. */
function leaveKeeper(world: World): void {
  const { link } = world.keeper;
  if (link === null) return;
  if (world.random.next() < 0.5) world.network.cut(link, world.now);
  else world.network.abandon(link, world.now);
}

/** `journal`: what becomes of it (Q5). */
export function restart(world: World, torn: number, journal: 'kept' | 'torn' | 'lost' = 'kept'): boolean {
  if (world.keeper.ended) return false;
  leaveKeeper(world);
  world.keeper.disk.capacity = Number.POSITIVE_INFINITY;
  world.keeper.restart(world.now, torn, journal);
  return true;
}

const disk = (capacity: (world: World) => number) => (world: World) => {
  world.keeper.disk.capacity = capacity(world);
  return !world.keeper.ended;
};

/** What befalls a host, its disk and its processes. */
export const HOST_FAULTS = [
  fault('flood', 6, (world) =>
    world.programs.output(world.random.between(world.scale.flood / 8, world.scale.flood)),
  ),
  fault('restart', 1, (world) => restart(world, 0)),
  fault('tornWrite', 0.7, (world) => restart(world, world.random.between(1, 60))),
  fault('powerLoss', 0.7, (world) => {
    if (world.keeper.ended) return false;
    leaveKeeper(world);
    world.keeper.losePower(world.random.between(0, 900), world.now);
    return true;
  }),
  fault(
    'fullDisk',
    0.7,
    disk((world) => world.keeper.disk.used + world.random.between(0, 500)),
  ),
  fault(
    'freeDisk',
    0.7,
    disk(() => Number.POSITIVE_INFINITY),
  ),
  fault('placeAnew', 1, (world) => world.move()),
  fault('refuse', 0.6, (world) => {
    for (const runner of world.runners) runner.refuses = true;
    return true;
  }),
] as const;
