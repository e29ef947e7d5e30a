import { BATCH_VERSION, CLOSE, decodeToKeeper, INPUT_VERSION, type KeeperMessage } from '@muster/protocol';
import { resendCommands } from '../commands/index.ts';
import { reconcileRequests, resendConversations } from '../conversations/index.ts';
import { sendFilePart } from '../files/index.ts';
import { feedAll } from '../flow/index.ts';
import { ROOM_LIMITS } from '../limits.ts';
import { resendPolicy } from '../policy/index.ts';
import { announceStatus } from '../reporting/index.ts';
import { countedClient, resendOrders } from '../requests/index.ts';
import { type Keeper, newKeeper } from '../state.ts';
import type { ConnectionId, Durable } from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { flushTail, handleFlush } from './batches.ts';

type Hello = Extract<KeeperMessage, { type: 'keeper:hello' }>['payload'];

export function handleKeeperMessage(
  work: UnitOfWork,
  connection: ConnectionId,
  message: KeeperMessage,
): void {
  if (message.type === 'keeper:hello') return handleHello(work, connection, message.payload);
  const { keeper, durable } = work.room;
  if (keeper?.connection !== connection || durable === null) return;
  switch (message.type) {
    case 'stream:flush':
      return handleFlush(work, durable);
    case 'input:ack':
      return passInputAck(work, durable, message.payload);
    case 'file:read':
      return sendFilePart(work, connection, message.payload);
    case 'host:answer':
      work.afterCommit.push({ type: 'host-answered', ...message.payload });
  }
}

/** N1, N2: lets the keeper of this agent's newest start in, and only that. */
function handleHello(work: UnitOfWork, connection: ConnectionId, payload: Hello): void {
  const { room } = work;
  const { durable } = room;
  const close = (code: number, reason: string) =>
    work.afterCommit.push({ type: 'close', connection, code, reason });
  if (durable === null) {
    close(CLOSE.notFound, 'AGENT_NOT_FOUND');
    return;
  }
  const { spec, generation } = durable.placement;
  if (payload.agentUid !== spec.agentUid || payload.generation < generation) {
    close(CLOSE.superseded, 'a newer start of this agent counts');
    return;
  }
  // The lobby's word on a newer start is still under way.
  if (payload.generation > generation) {
    close(CLOSE.tryAgainLater, 'not placed yet');
    return;
  }
  // S1: one that has less than the room will number anew.
  const another = payload.epoch === durable.epoch && payload.last < room.next - 1;
  const awaits = { epoch: payload.epoch, last: payload.last, another };
  const takesFrames = payload.inputVersions?.includes(INPUT_VERSION) === true;
  const ahead = payload.now === undefined ? 0 : aheadBy(payload.now - work.now);
  const endsInput = payload.endsInput === true;
  const keeper = newKeeper({ connection, takesFrames, endsInput, ahead }, work.now, awaits);
  welcome(work, durable, keeper, payload);
}

/** A hello is on its way for a moment, which is no fault of a clock. */
const aheadBy = (ms: number): number => (Math.abs(ms) < ROOM_LIMITS.clockSlack ? 0 : ms);

function welcome(
  work: UnitOfWork,
  durable: Durable,
  keeper: Keeper,
  { answers: keeperAnswers = false, openRequests = [], policy }: Hello,
): void {
  const { room } = work;
  const { connection } = keeper;
  // S4: the number in the welcome counts as acked, so everything before it is stored first.
  flushTail(work);
  const older = room.keeper;
  if (older !== null && older.connection !== connection) {
    work.afterCommit.push({
      type: 'close',
      connection: older.connection,
      code: CLOSE.normal,
      reason: 'a newer link',
    });
  }
  room.keeper = keeper;
  for (const viewer of room.viewers.values()) viewer.fetch = null;
  work.afterCommit.push(
    {
      type: 'attach-keeper',
      connection,
      hello: {
        generation: durable.placement.generation,
        takesFrames: keeper.takesFrames,
        ahead: keeper.ahead,
        endsInput: keeper.endsInput,
      },
    },
    {
      type: 'send-to-keeper',
      keeper: connection,
      message: {
        type: 'room:welcome',
        payload: { epoch: durable.epoch, next: room.next, batchVersion: BATCH_VERSION, hooks: true },
      },
    },
  );
  if (!durable.keeperOnline || durable.keeperAnswers !== keeperAnswers)
    announceStatus(work, work.change(durable, { keeperOnline: true, keeperAnswers }));
  resendPolicy(work, durable, connection, policy);
  reconcileRequests(work, connection, openRequests);
  resendConversations(work, connection);
  resendCommands(work, keeper);
  resendOrders(work, keeper, (frame) => {
    const order = decodeToKeeper(frame);
    return order.ok ? order.value.message : null;
  });
  feedAll(work);
}

/** S4: what came is stored before anything else happens to it. */
export function handleKeeperDisconnected(work: UnitOfWork): void {
  const { room } = work;
  flushTail(work);
  room.keeper = null;
  for (const viewer of room.viewers.values()) viewer.fetch = null;
  if (room.durable?.keeperOnline) announceStatus(work, work.change(room.durable, { keeperOnline: false }));
}

/** I2: to every socket of the client that typed. */
function passInputAck(
  work: UnitOfWork,
  durable: Durable,
  ack: Extract<KeeperMessage, { type: 'input:ack' }>['payload'],
): void {
  const { agentId } = durable.placement.spec;
  for (const viewer of work.room.viewers.values()) {
    const { inputClient: clientId, member } = viewer;
    if (countedClient(member.id, clientId) !== ack.clientId) continue;
    const message = { type: 'input:ack' as const, payload: { agentId, ...ack, clientId } };
    work.afterCommit.push({ type: 'send', to: viewer.connection, message });
  }
}
