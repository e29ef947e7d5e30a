import { life } from './action.ts';

/** What goes on without any fault. */
export const LIFE = [
  life('output', 40, (world) => world.output(world.random.between(1, 400))),
  life('event', 8, (world) => world.event()),
  life('deliver', 90, (world) => {
    world.network.deliver(world.random.between(1, 20), world.now);
    return true;
  }),
  life('wait', 14, (world) => {
    world.wait(world.random.pick([1, 10, 60, 500, 1_100, 11_000]));
    return true;
  }),
  life('dial', 12, (world) => {
    world.dial();
    return true;
  }),
] as const;
