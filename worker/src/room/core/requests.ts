import {
  type Ack,
  encodeMessage,
  type ToKeeperMessage,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { draftOfMessage } from '../../audit/entry.ts';
import { fingerprintOf } from '../../socket/fingerprint.ts';
import { note } from './audit.ts';
import { ROOM_LIMITS } from './limits.ts';
import type { Keeper, RoomState, Viewer } from './state.ts';
import { keeperToAsk, type Turn } from './turn.ts';
import type { ConnectionId, RequestRecord } from './types.ts';

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

/** I1: passes a program request on to the keeper, once, however often it is asked. */
export function takeAction(
  turn: Turn,
  viewer: Viewer,
  message: ProgramAction,
  id: string | undefined,
): Outcome {
  const { room } = turn;
  const requestId = turn.context.freshId();
  const key = requestKey(viewer, id ?? requestId);
  const known = room.requests.get(key);
  if (known !== undefined && id !== undefined) return repeat(turn, viewer, message, id, known);
  if (!hasPlace(turn)) return { type: 'refused', error: MANY_ASKED };
  const audit = room.durable && draftOfMessage(viewer.member, message, room.durable.placement.spec);
  const keeper = keeperToAsk(turn);
  if (keeper === null) return { type: 'refused', error: offline(room) };
  const order = orderOf(message, requestId);
  turn.writeRequest({
    key,
    requestId,
    fingerprint: fingerprintOf(message),
    order: encodeMessage(order),
    until: turn.now + ROOM_LIMITS.requestTimeout,
    waiting: id === undefined ? [] : [{ connection: viewer.connection, messageId: id }],
    ack: null,
    audit,
  });
  turn.after.push({ type: 'tell', keeper, message: order });
  return { type: 'pending' };
}

export const MANY_ASKED = wireError(
  'RESOURCE_EXHAUSTED',
  'too many requests of this agent wait for an answer',
);

/** L: whether one more request is remembered: for it one goes that was answered. */
export function hasPlace(turn: Turn): boolean {
  const { requests } = turn.room;
  if (requests.size < ROOM_LIMITS.requests) return true;
  const oldest = oldestOfMost(requests);
  if (oldest === null) return false;
  turn.dropRequest(oldest);
  return true;
}

/** X19: the oldest answered request of the member who has most of them remembered, so that one's flood takes nobody else's. */
function oldestOfMost(requests: ReadonlyMap<string, RequestRecord>): string | null {
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

function repeat(
  turn: Turn,
  viewer: Viewer,
  message: ProgramAction,
  id: string,
  known: RequestRecord,
): Outcome {
  if (known.fingerprint !== fingerprintOf(message)) {
    return {
      type: 'refused',
      error: wireError('INVALID_MESSAGE', 'This id was used for another message', { field: 'id' }),
    };
  }
  if (known.ack !== null) {
    return known.ack.error === undefined
      ? { type: 'done' }
      : { type: 'refused', error: known.ack.error, again: true };
  }
  // A socket that asks again hears the one answer; each that waits makes the row longer.
  if (known.waiting.some(({ connection }) => connection === viewer.connection)) return { type: 'pending' };
  if (known.waiting.length >= ROOM_LIMITS.waitingForOne) return { type: 'refused', error: MANY_WAIT };
  const waiting = [...known.waiting, { connection: viewer.connection, messageId: id }];
  turn.writeRequest({ ...known, waiting });
  return { type: 'pending' };
}

const MANY_WAIT = wireError('RESOURCE_EXHAUSTED', 'Too many wait for the answer to this request', {
  field: 'id',
});

/** The keeper has answered, or nobody will: whoever waits is told, and the answer is remembered. */
export function finishRequest(turn: Turn, requestId: string, error: WireError | undefined): void {
  const record = [...turn.room.requests.values()].find((candidate) => candidate.requestId === requestId);
  if (record === undefined || record.ack !== null) return;
  const ack = error === undefined ? { success: true } : { success: false, error };
  note(turn, record.audit ?? null, error);
  turn.writeRequest({ ...record, ack, waiting: [], until: turn.now + ROOM_LIMITS.requestMemory });
  for (const { connection, messageId } of record.waiting) answer(turn, connection, messageId, ack);
}

/** One ack; a refusal comes as `error` too. */
export function answer(turn: Turn, to: ConnectionId, messageId: string, ack: Omit<Ack, 'messageId'>): void {
  if (ack.error !== undefined) {
    turn.after.push({
      type: 'send',
      to,
      message: { type: 'error', payload: ack.error },
      correlationId: messageId,
    });
  }
  const message = { type: 'ack' as const, payload: { messageId, ...ack } };
  turn.after.push({ type: 'send', to, message, correlationId: messageId });
}

/** A keeper that came back is told again what it has not answered; it knows a repeat by its requestId. */
export function repeatOrders(
  turn: Turn,
  keeper: Keeper,
  decode: (frame: string) => ToKeeperMessage | null,
): void {
  for (const record of turn.room.requests.values()) {
    const message = record.ack === null ? decode(record.order) : null;
    if (message !== null) turn.after.push({ type: 'tell', keeper: keeper.connection, message });
  }
}

/** H2: gives up what nobody answered, and forgets what is old. */
export function sweepRequests(turn: Turn): void {
  for (const record of [...turn.room.requests.values()]) {
    if (record.until > turn.now) continue;
    if (record.ack !== null) turn.dropRequest(record.key);
    else
      finishRequest(
        turn,
        record.requestId,
        wireError('SERVICE_UNAVAILABLE', HOST_SILENT, { outcome: 'unknown' }),
      );
  }
}

const HOST_SILENT =
  'It is not known whether this was done: the host did not answer in 30 s. Check before you try again.';

export function requestsDue(room: RoomState): number | null {
  let due: number | null = null;
  for (const { until } of room.requests.values()) if (due === null || until < due) due = until;
  return due;
}

export function offline(room: RoomState): WireError {
  const agentId = room.durable?.placement.spec.agentId ?? '';
  return wireError('AGENT_OFFLINE', `The host of ${agentId} is not connected`, { field: 'agentId' });
}
