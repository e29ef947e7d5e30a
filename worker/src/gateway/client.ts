import { roomFor } from '@muster/client/sync';
import {
  type Decoded,
  decode004,
  LIMITS,
  type ProtocolError,
  refusalClose,
  VIEWER_RULES,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { MemberClaims } from '../auth/claims.ts';
import { type Taken, take } from '../socket/bucket.ts';
import { SOCKET } from '../socket/limits.ts';
import { bringsToken } from '../socket/token-message.ts';
import { dialLobby, sendToLobby } from './lobby.ts';
import { answer, closeWithError, refuse, sendToClient } from './replies.ts';
import { pauseOutput, restartOutput, sendToRoom } from './rooms.ts';
import type { Gateway, GatewayEvent, UnitOfWork } from './types.ts';

/** 004's own. */
export const COMMAND_RATE = {
  perSecond: SOCKET.commandsPerMinute / 60,
  burst: SOCKET.commandsPerMinute,
} as const;
export const RATE = { perSecond: SOCKET.messagesPerSecond, burst: SOCKET.burst } as const;

/** One text frame of the client. */
export function handleClientText(turn: UnitOfWork, text: string): void {
  if (isTooLarge(text)) {
    const error = wireError('MESSAGE_TOO_LARGE', `a message is at most ${LIMITS.messageBytes} bytes`);
    return closeWithError(turn, error);
  }
  if (!withinRate(turn)) return;
  if (text === 'ping') {
    turn.out.push({ type: 'pong' });
    return;
  }
  const decoded = decode004(text);
  if (decoded.ok) return handleClientMessage(turn, decoded.value);
  const { error, id } = decoded.error;
  if (turn.door.phase.name === 'waiting') return closeUnauthenticated(turn, id);
  if (error.code === 'UNSUPPORTED_VERSION') return closeWithError(turn, error, id);
  refuseFrame(turn, decoded.error);
}

/** S13: in bytes, which are counted only where the length leaves a doubt. */
const isTooLarge = (text: string) =>
  text.length * 3 > LIMITS.messageBytes && new TextEncoder().encode(text).length > LIMITS.messageBytes;

const refuseFrame = (turn: UnitOfWork, { error, id }: ProtocolError) => refuse(turn, id, error);

/** L: a hundred messages a second. */
function withinRate(turn: UnitOfWork): boolean {
  const taken = take(turn.door.bucket, RATE, turn.now);
  turn.door.bucket = taken.bucket;
  return taken.ok || refuseTooFast(turn, undefined, taken, `at most ${RATE.perSecond} messages a second`);
}

/** L: ten commands a minute. */
function mayCommand(turn: UnitOfWork, id: string | undefined): boolean {
  const taken = take(turn.door.commandBucket, COMMAND_RATE, turn.now);
  turn.door.commandBucket = taken.bucket;
  return taken.ok || refuseTooFast(turn, id, taken, `at most ${SOCKET.commandsPerMinute} commands a minute`);
}

/** Who goes on and on over a limit is sent away. */
function refuseTooFast(
  turn: UnitOfWork,
  id: string | undefined,
  taken: Taken & { readonly ok: false },
  why: string,
): false {
  const error = wireError('RATE_LIMIT', why, { retryAfter: taken.retryAfter });
  if (taken.bucket.refused >= SOCKET.refusalsBeforeClose) closeWithError(turn, error, id);
  else refuse(turn, id, error);
  return false;
}

const closeUnauthenticated = (turn: UnitOfWork, id: string | undefined) =>
  closeWithError(turn, wireError('AUTH_FAILED', 'the first message must bring a token'), id);

function handleClientMessage(turn: UnitOfWork, { message, id }: Decoded<ViewerMessage>): void {
  const { phase } = turn.door;
  const token = bringsToken(message);
  if (token !== null && phase.name !== 'closed') {
    const connects = phase.name === 'waiting';
    turn.out.push({ type: 'verify', team: phase.team, ...token, id, connects });
    return;
  }
  if (phase.name === 'waiting') return closeUnauthenticated(turn, id);
  if (phase.name === 'open') handleRequest(turn, message, id);
}

/** The token a message brought was checked. */
export function handleVerified(
  turn: UnitOfWork,
  { message, id, result }: GatewayEvent & { type: 'verified' },
): void {
  const { door } = turn;
  const { phase } = door;
  if (phase.name === 'closed') return;
  const error = result.ok ? mismatch(phase, result.value) : result.error;
  if (error !== null || !result.ok) {
    const refusal = error ?? wireError('AUTH_FAILED', 'The token is not valid');
    if (phase.name === 'open') return refuse(turn, id, refusal);
    return closeWithError(turn, refusal, id, refusalClose(refusal.code));
  }
  const entering = phase.name === 'waiting';
  if (entering && message.type === 'auth') door.clientId = message.payload.clientId ?? door.clientId;
  if (entering) openGateway(turn, result.value);
  else renewLinks(turn, result.value, message.payload.token ?? '');
  if (message.type === 'dashboard:connect') handleConnect(turn, message.payload, entering, id);
  answer(turn, id, { success: true });
}

/** Why a token is not for this connection: another team, another member. */
function mismatch(
  phase: Exclude<Gateway['phase'], { name: 'closed' }>,
  claims: MemberClaims,
): WireError | null {
  if (claims.team !== phase.team) return wireError('AUTH_FAILED', 'The token is for another team');
  const other = phase.name === 'open' && phase.claims.member !== claims.member;
  return other ? wireError('AUTH_FAILED', 'The token is for another member') : null;
}

export function openGateway(turn: UnitOfWork, claims: MemberClaims): void {
  turn.door.phase = { name: 'open', team: claims.team, claims };
  dialLobby(turn);
}

/** M11: the links are renewed in-band like the client itself; those being dialled take the new claims. */
function renewLinks(turn: UnitOfWork, claims: MemberClaims, token: string): void {
  const { door } = turn;
  door.phase = { name: 'open', team: claims.team, claims };
  const message = { type: 'auth:refresh', payload: { token } } as const;
  for (const link of [...(door.lobby === null ? [] : [door.lobby]), ...door.rooms.values()])
    if (link.state.name === 'connected')
      turn.out.push({ type: 'send', key: link.key, message, id: turn.freshId() });
}

/** Cursors of an earlier connection: output goes on from there (B1). */
function handleConnect(
  turn: UnitOfWork,
  { cursors }: Extract<ViewerMessage, { type: 'dashboard:connect' }>['payload'],
  entering: boolean,
  id: string | undefined,
): void {
  const { door } = turn;
  if (door.agentList === null) for (const entry of Object.entries(cursors ?? {})) door.cursors.set(...entry);
  else {
    for (const room of door.rooms.values()) {
      const cursor = cursors?.[room.agentId];
      if (cursor !== undefined) restartOutput(turn, room, cursor);
    }
  }
  // Who was let in by the address hears again what it may be waiting for.
  if (entering || door.welcome === null) return;
  sendToClient(turn, { type: 'connection:ack', payload: door.welcome }, id);
  if (door.agentList !== null) sendToClient(turn, { type: 'agent:list', payload: door.agentList }, id);
}

function handleRequest(turn: UnitOfWork, message: ViewerMessage, id: string | undefined): void {
  const { door } = turn;
  switch (message.type) {
    case 'heartbeat':
      sendToClient(turn, { type: 'heartbeat', payload: message.payload }, id);
      return answer(turn, id, { success: true });
    case 'ping':
      sendToClient(turn, { type: 'pong', payload: message.payload }, id);
      return answer(turn, id, { success: true });
    case 'dashboard:connect':
      handleConnect(turn, message.payload, false, id);
      return answer(turn, id, { success: true });
    case 'subscribe:agent':
      return subscribe(turn, message.payload, id);
    case 'unsubscribe':
      return unsubscribe(turn, message.payload.subscriptionId, id);
    default:
  }
  const agentId = roomFor(message);
  if (agentId === null) {
    if (door.lobby !== null) sendToLobby(turn, door.lobby, message, id);
    return;
  }
  const room = door.rooms.get(agentId);
  if (room === undefined)
    return refuse(turn, id, 'agentId' in message.payload ? noAgent(agentId) : NO_COMMAND);
  if (VIEWER_RULES[message.type].bucket === 'command' && !mayCommand(turn, id)) return;
  sendToRoom(turn, room, message, id);
}

const NO_COMMAND = wireError('COMMAND_NOT_FOUND', 'There is no such command', {
  field: 'commandId',
});
const noAgent = (agentId: string) =>
  wireError('AGENT_NOT_FOUND', `There is no agent called ${agentId}`, { field: 'agentId' });

type SubscribeInput = Extract<ViewerMessage, { type: 'subscribe:agent' }>['payload'];

/** M8: a plain client has every agent's output already; with `after` or `history` it has it again from there. */
function subscribe(
  turn: UnitOfWork,
  { agentId, after, history, filters }: SubscribeInput,
  id: string | undefined,
): void {
  const { door } = turn;
  if (filters !== undefined && filters.length > 0)
    return refuse(
      turn,
      id,
      wireError('INVALID_MESSAGE', 'No known kind of event was named', { field: 'filters' }),
    );
  if (door.subscriptions.size >= SUBSCRIPTIONS) {
    const text = `a connection has at most ${SUBSCRIPTIONS} subscriptions`;
    return refuse(turn, id, wireError('RESOURCE_EXHAUSTED', text));
  }
  const rooms = agentId === undefined ? [...door.rooms.values()] : [door.rooms.get(agentId)];
  if (agentId !== undefined && rooms[0] === undefined) return refuse(turn, id, noAgent(agentId));
  const subscriptionId = turn.freshId();
  door.subscriptions.set(subscriptionId, agentId ?? null);
  if (agentId !== undefined) door.muted.delete(agentId);
  else {
    door.wantsAll = true;
    door.muted.clear();
  }
  answer(turn, id, { success: true, result: { subscriptionId } });
  for (const room of rooms) {
    if (room === undefined) continue;
    if (after !== undefined || history !== undefined) restartOutput(turn, room, after ?? null, history);
    else if (room.stream.phase === 'detached') restartOutput(turn, room, room.stream.at);
  }
}

/** L: subscriptions per connection. */
const SUBSCRIPTIONS = 100;

function unsubscribe(turn: UnitOfWork, subscriptionId: string, id: string | undefined): void {
  const { door } = turn;
  const agentId = door.subscriptions.get(subscriptionId);
  if (agentId === undefined) {
    const error = wireError('SUBSCRIPTION_NOT_FOUND', 'There is no such subscription', {
      field: 'subscriptionId',
    });
    return refuse(turn, id, error);
  }
  door.subscriptions.delete(subscriptionId);
  const still = [...door.subscriptions.values()].includes(agentId);
  if (!still && agentId !== null) door.muted.add(agentId);
  else if (!still) door.wantsAll = false;
  for (const room of door.rooms.values()) pauseOutput(turn, room);
  answer(turn, id, { success: true });
}
