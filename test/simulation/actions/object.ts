import type { Server } from '../server.ts';
import type { World } from '../world.ts';
import { fault } from './action.ts';

function hibernate(world: World, server: Server): boolean {
  if (world.calls.pins(server)) return false;
  world.clock.now += 1;
  world.network.inServer(server, () => server.sleep(world.now), world.now);
  return true;
}

function reset(world: World, server: Server): boolean {
  world.network.reset(server, world.now);
  return true;
}

function lightFuse(world: World, server: Server): boolean {
  server.fuse = world.random.between(0, 6);
  return true;
}

/** What a platform does to its objects. */
export const OBJECT_FAULTS = [
  fault('hibernate', 2, (world) => hibernate(world, world.agent.room)),
  fault('reset', 1.2, (world) => reset(world, world.agent.room)),
  fault('resetMidway', 1.5, (world) => lightFuse(world, world.agent.room)),
  fault('lobbyHibernate', 1, (world) => hibernate(world, world.lobby)),
  fault('lobbyReset', 0.6, (world) => reset(world, world.lobby)),
  fault('lobbyResetMidway', 0.8, (world) => lightFuse(world, world.lobby)),
  fault('lobbyAway', 0.7, (world) => {
    world.calls.away.add(world.lobby);
    return true;
  }),
  fault('lobbyBack', 1.5, (world) => world.calls.away.delete(world.lobby)),
  fault('roomAway', 0.7, (world) => {
    world.calls.away.add(world.agent.room);
    return true;
  }),
  fault('roomBack', 2, (world) => world.calls.away.delete(world.agent.room)),
  fault('loseCall', 3, (world) => world.calls.lose(world.now)),
] as const;
