import { E1, opened, placementOf, TEAM } from './core/rig.ts';
import { dialKeeper, newRoom } from './dial.ts';

export async function running() {
  const room = newRoom();
  await room.place(TEAM, placementOf());
  const keeper = await dialKeeper(room);
  keeper.hello();
  await keeper.next('room:welcome');
  keeper.send(opened(E1));
  await keeper.next('stream:ack');
  return { room, keeper };
}
