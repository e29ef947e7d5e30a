import { fault } from './action.ts';

/** What a platform does to its objects. */
export const OBJECT_FAULTS = [
  fault('hibernate', 2, (world) => {
    world.room.sleep();
    return true;
  }),
  fault('reset', 1.2, (world) => {
    world.network.reset(world.now);
    return true;
  }),
  fault('resetMidway', 1.5, (world) => {
    world.room.fuse = world.random.between(0, 6);
    return true;
  }),
  fault('lobbyAway', 0.7, (world) => {
    world.room.lobbyAway = true;
    return true;
  }),
  fault('lobbyBack', 0.7, (world) => {
    world.room.lobbyAway = false;
    return true;
  }),
] as const;
