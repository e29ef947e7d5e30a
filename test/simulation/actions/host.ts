import { FALLIBLE } from '../host.ts';
import type { Keeper } from '../keeper.ts';
import type { World } from '../world.ts';
import { fault } from './action.ts';

/** A keeper process ends: its socket closes, sooner or later for the room, and its host sees it at once (P4). */
function kill(world: World, die: (keeper: Keeper) => void): boolean {
  const { keeper, network, now, random } = world;
  if (!keeper.alive) return false;
  die(keeper);
  const { link } = keeper;
  if (link !== null && random.next() < 0.5) network.cut(link, now);
  else if (link !== null) network.abandon(link, now);
  for (const { host } of world.runners) host.died(keeper);
  return true;
}

/** `journal`: what becomes of it (Q5). */
export function restart(world: World, torn: number, journal: 'kept' | 'torn' | 'lost' = 'kept'): boolean {
  return kill(world, (keeper) => {
    keeper.disk.capacity = Number.POSITIVE_INFINITY;
    keeper.die(torn, journal);
  });
}

/** P3: the next runner finds its keepers, and its lobby notices sooner or later. */
function restartRunner({ runners, network, now, random }: World): boolean {
  const runner = runners[random.between(0, runners.length - 1)];
  if (runner === undefined) return false;
  const { link } = runner;
  if (link !== null && random.next() < 0.5) network.cut(link, now);
  else if (link !== null) network.abandon(link, now);
  runner.restart();
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
    const bytes = world.random.between(0, 900);
    return kill(world, (keeper) => keeper.losePower(bytes));
  }),
  fault('runnerRestart', 0.7, restartRunner),
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
    for (const { host } of world.runners) host.failing = world.random.pick(FALLIBLE);
    return true;
  }),
] as const;
