import {
  type Ack,
  encodeMessage,
  type ToKeeperMessage,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { draftOfMessage } from '../../../audit/entry.ts';
import { earliestOf } from '../../../socket/deadlines.ts';
import {
  type Answer,
  answerMessages,
  fingerprintOf,
  recognize,
  staleRefusal,
} from '../../../socket/idempotency.ts';
import { recordAudit } from '../audit/index.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { Keeper, RoomState, Viewer } from '../state.ts';
import type { ConnectionId, RequestRecord, RoomEvent } from '../types.ts';
import { reachableKeeper, type UnitOfWork } from '../unit-of-work.ts';

/** What became of a message: an ack now, or one when the keeper has answered. */
export type Outcome =
  | { readonly type: 'done'; readonly result?: Ack['result'] }
  /** `again`: it is the first answer once more, which is on record. */
  | { readonly type: 'refused'; readonly error: WireError; readonly again?: true }
  | { readonly type: 'pending' };

/** The messages that change the program and are remembered (I1). */
export type ProgramAction = Extract<
  ViewerMessage,
  {
    type:
      | 'agent:start'
      | 'agent:terminate'
      | 'agent:pause'
      | 'agent:resume'
      | 'agent:restart'
      | 'agent:signal';
  }
>;

export function orderOf(message: ProgramAction, requestId: string): ToKeeperMessage {
  switch (message.type) {
    case 'agent:start':
      return { type: 'program:start', payload: { requestId } };
    case 'agent:pause':
      return { type: 'program:pause', payload: { requestId } };
    case 'agent:resume':
      return { type: 'program:resume', payload: { requestId } };
    case 'agent:terminate':
      return { type: 'program:terminate', payload: { requestId, force: message.payload.force ?? false } };
    case 'agent:restart':
      return { type: 'program:restart', payload: { requestId, force: message.payload.force ?? false } };
    case 'agent:signal':
      return {
        type: 'program:signal',
        payload: { requestId, signal: message.payload.signal, commandId: message.payload.commandId },
      };
  }
}

/** I1: a request is one client's of one member: neither name can be made to look like another's. */
export const requestKey = ({ member }: Viewer, id: string): string =>
  [member.id, member.clientId, id].map((name) => name.replace(/[% ]/g, encodeURIComponent)).join(' ');

const memberOfKey = (key: string): string => key.slice(0, key.indexOf(' '));

/** I1: passes a program request on to the keeper. */
export const handleProgramAction = (
  work: UnitOfWork,
  viewer: Viewer,
  message: ProgramAction,
  id: string | undefined,
): Outcome => sendOrder(work, viewer, message, id, (requestId) => orderOf(message, requestId));

/** I1: what the keeper answers by `request:done`. */
export function sendOrder(
  work: UnitOfWork,
  viewer: Viewer,
  message: ViewerMessage,
  id: string | undefined,
  orderFor: (requestId: string) => ToKeeperMessage,
): Outcome {
  const { room } = work;
  const requestId = work.context.freshId();
  const key = requestKey(viewer, id ?? requestId);
  if (!reserveRequest(work)) return { type: 'refused', error: TOO_MANY_REQUESTS };
  const audit = room.durable && draftOfMessage(viewer.member, message, room.durable.placement.spec);
  const keeper = reachableKeeper(work);
  if (keeper === null) return { type: 'refused', error: offlineError(room) };
  const order = orderFor(requestId);
  work.writeRequest({
    key,
    requestId,
    fingerprint: fingerprintOf(message),
    order: encodeMessage(order),
    until: work.now + ROOM_LIMITS.requestTimeout,
    waiting: id === undefined ? [] : [{ connection: viewer.connection, messageId: id }],
    ack: null,
    audit,
  });
  work.afterCommit.push({ type: 'send-to-keeper', keeper, message: order });
  return { type: 'pending' };
}

const TOO_MANY_REQUESTS = wireError(
  'RESOURCE_EXHAUSTED',
  'too many requests of this agent wait for an answer',
);

/** L: whether one more request is remembered: for it one goes that was answered. */
function reserveRequest(work: UnitOfWork): boolean {
  const { requests } = work.room;
  if (requests.size < ROOM_LIMITS.requests) return true;
  const oldest = oldestOfHeaviestMember(requests);
  if (oldest === null) return false;
  work.dropRequest(oldest);
  return true;
}

/** X19: the oldest answered request of the member with most of them, so that a flood displaces only its own. */
function oldestOfHeaviestMember(requests: ReadonlyMap<string, RequestRecord>): string | null {
  const answered = new Map<string, { count: number; readonly oldest: string }>();
  for (const { key, ack } of requests.values()) {
    if (ack === null) continue;
    const member = memberOfKey(key);
    const known = answered.get(member);
    if (known === undefined) answered.set(member, { count: 1, oldest: key });
    else known.count += 1;
  }
  let most: { readonly count: number; readonly oldest: string } | null = null;
  for (const one of answered.values()) if (most === null || one.count > most.count) most = one;
  return most?.oldest ?? null;
}

/** I1: performs it and remembers the answer. The ack goes out before the messages it led to. */
export function answerOnce(
  work: UnitOfWork,
  viewer: Viewer,
  message: ViewerMessage,
  id: string | undefined,
  perform: () => Outcome,
): Outcome {
  if (id === undefined) return perform();
  if (!reserveRequest(work)) return { type: 'refused', error: TOO_MANY_REQUESTS };
  const before = work.afterCommit.length;
  const outcome = perform();
  if (outcome.type !== 'done') return outcome;
  const ack = { success: true, ...(outcome.result === undefined ? {} : { result: outcome.result }) };
  work.writeRequest({
    key: requestKey(viewer, id),
    requestId: work.context.freshId(),
    fingerprint: fingerprintOf(message),
    order: '',
    until: work.now + ROOM_LIMITS.requestMemory,
    waiting: [],
    ack,
  });
  const consequences = work.afterCommit.splice(before);
  sendAck(work, viewer.connection, id, ack);
  work.afterCommit.push(...consequences);
  return { type: 'pending' };
}

/** I1: what became of this request before; null: it was not made. */
export function repeatOutcome(
  work: UnitOfWork,
  viewer: Viewer,
  message: ViewerMessage,
  id: string,
): Outcome | null {
  const known = work.room.requests.get(requestKey(viewer, id));
  const repeat = recognize(known, fingerprintOf(message));
  if (known === undefined || repeat.type === 'new') return null;
  if (repeat.type === 'refused') return repeat;
  if (repeat.type === 'pending') return wait(work, viewer, id, known);
  const { error, result } = repeat.ack;
  if (error !== undefined) return { type: 'refused', error, again: true };
  return { type: 'done', ...(result === undefined ? {} : { result }) };
}

/** I1: it may be a repeat of a request that this room has forgotten. */
export function staleOutcome(
  work: UnitOfWork,
  viewer: Viewer,
  { id, askedAt }: Extract<RoomEvent, { type: 'viewer-message' }>,
): Outcome | null {
  if (id === undefined || work.room.requests.has(requestKey(viewer, id))) return null;
  const error = staleRefusal(askedAt, work.now, ROOM_LIMITS.requestMemory);
  return error === null ? null : { type: 'refused', error };
}

function wait(work: UnitOfWork, viewer: Viewer, id: string, known: RequestRecord): Outcome {
  // A socket that asks again gets one answer; each that waits makes the row longer.
  if (known.waiting.some(({ connection }) => connection === viewer.connection)) return { type: 'pending' };
  if (known.waiting.length >= ROOM_LIMITS.waitersPerRequest)
    return { type: 'refused', error: TOO_MANY_WAITERS };
  const waiting = [...known.waiting, { connection: viewer.connection, messageId: id }];
  work.writeRequest({ ...known, waiting });
  return { type: 'pending' };
}

const TOO_MANY_WAITERS = wireError('RESOURCE_EXHAUSTED', 'Too many wait for the answer to this request', {
  field: 'id',
});

/** The keeper has answered, or never will: sends the ack to all that wait, and stores it. */
export function finishRequest(work: UnitOfWork, requestId: string, error: WireError | undefined): void {
  const record = [...work.room.requests.values()].find((candidate) => candidate.requestId === requestId);
  if (record === undefined || record.ack !== null) return;
  const ack = error === undefined ? { success: true } : { success: false, error };
  recordAudit(work, record.audit ?? null, error);
  work.writeRequest({ ...record, ack, waiting: [], until: work.now + ROOM_LIMITS.requestMemory });
  for (const { connection, messageId } of record.waiting) sendAck(work, connection, messageId, ack);
}

export function sendAck(work: UnitOfWork, to: ConnectionId, messageId: string, ack: Answer): void {
  for (const message of answerMessages(ack, messageId))
    work.afterCommit.push({ type: 'send', to, message, correlationId: messageId });
}

/** Sends a keeper that came back the orders it has not answered; it recognizes a repeat by its requestId. */
export function resendOrders(
  work: UnitOfWork,
  keeper: Keeper,
  decode: (frame: string) => ToKeeperMessage | null,
): void {
  for (const record of work.room.requests.values()) {
    const message = record.ack === null ? decode(record.order) : null;
    if (message !== null)
      work.afterCommit.push({ type: 'send-to-keeper', keeper: keeper.connection, message });
  }
}

/** H2: fails requests that were not answered in time, and drops old answers. */
export function expireRequests(work: UnitOfWork): void {
  for (const record of [...work.room.requests.values()]) {
    if (record.until > work.now) continue;
    if (record.ack !== null) work.dropRequest(record.key);
    else
      finishRequest(
        work,
        record.requestId,
        wireError('SERVICE_UNAVAILABLE', HOST_SILENT, { outcome: 'unknown' }),
      );
  }
}

const HOST_SILENT =
  'It is not known whether this was done: the host did not answer in 30 s. Check before you try again.';

export const requestsDeadline = ({ requests }: RoomState): number | null =>
  earliestOf(requests.values(), ({ until }) => until);

export function offlineError(room: RoomState): WireError {
  const agentId = room.durable?.placement.spec.agentId ?? '';
  return wireError('AGENT_OFFLINE', `The host of ${agentId} is not connected`, { field: 'agentId' });
}
