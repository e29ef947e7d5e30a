import { Violation } from './checks.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;

/** The faults end; everybody must come to the same end, and then to rest. */
export function settle(world: World): void {
  world.room.fuse = null;
  world.room.lobbyAway = false;
  world.keeper.disk.capacity = Number.POSITIVE_INFINITY;
  for (const { link } of world.network.lines) link.stalledUntil = 0;
  drain(world);
  world.wait(2_000);
  world.event();
  world.keeper.input({ type: 'event', event: { type: 'program:resized', cols: 1_000, rows: 1 } }, world.now);
  world.keeper.input({ type: 'output-ended' }, world.now);
  for (let round = 0; round < 1_000 && !atRest(world); round += 1) {
    world.dial();
    drain(world);
    world.wait(200);
  }
  world.checks.hold('S7', atRest(world), () => `they do not come to the same end: ${described(world)}`);
  rest(world);
}

/** H2: nothing is due, and an hour goes by without a row written. */
function rest(world: World): void {
  const { room, checks } = world;
  world.wait(60_000);
  drain(world);
  checks.hold('H2', room.duty === null, () => `idle, and due at ${room.duty}`);
  const { commits } = room;
  world.wait(HOUR);
  drain(world);
  checks.hold('H2', room.commits === commits, () => 'an idle room writes');
}

function drain(world: World): void {
  for (let round = 0; round < 4_000; round += 1) {
    if (world.network.quiet) return;
    world.network.deliver(50, world.now);
  }
  throw new Violation('S8', `it never falls silent: ${described(world)}`);
}

function atRest({ keeper: { end }, room, viewers }: World): boolean {
  return (
    end !== undefined &&
    !room.hasTail &&
    room.next === end.last + 1 &&
    viewers.every(({ at, live }) => live && at?.epoch === end.epoch && at.sequence === end.last)
  );
}

function described({ keeper: { end }, room: { next }, viewers }: World): string {
  return JSON.stringify({ end, next, viewers: viewers.map(({ at, live }) => ({ at, live })) });
}
