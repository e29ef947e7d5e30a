import { BATCH_VERSION, CLOSE, decodeToKeeper, INPUT_VERSION, type KeeperMessage } from '@muster/protocol';
import { repeatCommands } from './commands.ts';
import { countedClient } from './input-client.ts';
import { repeatOrders } from './requests.ts';
import { type Keeper, newKeeper } from './state.ts';
import { flush, settle } from './stream.ts';
import { announceStatus } from './summary.ts';
import type { Turn } from './turn.ts';
import type { ConnectionId, Durable } from './types.ts';
import { feedAll } from './viewers.ts';

type Hello = Extract<KeeperMessage, { type: 'keeper:hello' }>['payload'];

export function keeperSaid(turn: Turn, connection: ConnectionId, message: KeeperMessage): void {
  if (message.type === 'keeper:hello') return hello(turn, connection, message.payload);
  const { keeper, durable } = turn.room;
  if (keeper?.connection !== connection || durable === null) return;
  switch (message.type) {
    case 'stream:flush':
      return flush(turn, durable);
    case 'input:ack':
      return passInputAck(turn, durable, message.payload);
  }
}

/** N1, N2: lets the keeper of this agent's newest start in, and only that. */
function hello(turn: Turn, connection: ConnectionId, said: Hello): void {
  const { room } = turn;
  const { durable } = room;
  const close = (code: number, reason: string) =>
    turn.after.push({ type: 'close', connection, code, reason });
  if (durable === null) {
    close(CLOSE.notFound, 'AGENT_NOT_FOUND');
    return;
  }
  const { spec, generation } = durable.placement;
  if (said.agentUid !== spec.agentUid || said.generation < generation) {
    close(CLOSE.superseded, 'a newer start of this agent counts');
    return;
  }
  // The lobby's word on a newer start is still under way.
  if (said.generation > generation) {
    close(CLOSE.tryAgainLater, 'not placed yet');
    return;
  }
  // S1: one that has less than the room will number anew.
  const another = said.epoch === durable.epoch && said.last < room.next - 1;
  const awaits = { epoch: said.epoch, last: said.last, another };
  const takesFrames = said.inputVersions?.includes(INPUT_VERSION) === true;
  welcome(turn, durable, newKeeper({ connection, takesFrames }, turn.now, awaits));
}

function welcome(turn: Turn, durable: Durable, keeper: Keeper): void {
  const { room } = turn;
  const { connection } = keeper;
  // S4: the number it is told counts as acked, so everything before it is stored first.
  settle(turn);
  const older = room.keeper;
  if (older !== null && older.connection !== connection) {
    turn.after.push({
      type: 'close',
      connection: older.connection,
      code: CLOSE.normal,
      reason: 'a newer link',
    });
  }
  room.keeper = keeper;
  for (const viewer of room.viewers.values()) viewer.fetch = null;
  turn.after.push(
    {
      type: 'attach-keeper',
      connection,
      hello: { generation: durable.placement.generation, takesFrames: keeper.takesFrames },
    },
    {
      type: 'tell',
      keeper: connection,
      message: {
        type: 'room:welcome',
        payload: { epoch: durable.epoch, next: room.next, batchVersion: BATCH_VERSION },
      },
    },
  );
  if (!durable.keeperOnline) announceStatus(turn, turn.change(durable, { keeperOnline: true }));
  repeatCommands(turn, keeper);
  repeatOrders(turn, keeper, (frame) => {
    const order = decodeToKeeper(frame);
    return order.ok ? order.value.message : null;
  });
  feedAll(turn);
}

/** S4: what came is stored before anything else happens to it. */
export function keeperLeft(turn: Turn): void {
  const { room } = turn;
  settle(turn);
  room.keeper = null;
  for (const viewer of room.viewers.values()) viewer.fetch = null;
  if (room.durable?.keeperOnline) announceStatus(turn, turn.change(room.durable, { keeperOnline: false }));
}

/** I2: to every socket of the client that typed. */
function passInputAck(
  turn: Turn,
  durable: Durable,
  ack: Extract<KeeperMessage, { type: 'input:ack' }>['payload'],
): void {
  const { agentId } = durable.placement.spec;
  for (const viewer of turn.room.viewers.values()) {
    const { inputClient: clientId, member } = viewer;
    if (countedClient(member.id, clientId) !== ack.clientId) continue;
    const message = { type: 'input:ack' as const, payload: { agentId, ...ack, clientId } };
    turn.after.push({ type: 'send', to: viewer.connection, message });
  }
}
