import { roomFor } from '@muster/client/sync';
import {
  type Decoded,
  decode004,
  LIMITS,
  type ProtocolError,
  refusalClose,
  VIEWER_MESSAGES,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { MemberClaims } from '../auth/claims.ts';
import { type Taken, take } from '../socket/bucket.ts';
import { SOCKET } from '../socket/limits.ts';
import { tokenMessageOf } from '../socket/token-message.ts';
import { isOpen } from './links.ts';
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
export function handleClientText(work: UnitOfWork, text: string): void {
  if (isTooLarge(text)) {
    const error = wireError('MESSAGE_TOO_LARGE', `a message is at most ${LIMITS.messageBytes} bytes`);
    return closeWithError(work, error);
  }
  if (!withinRate(work)) return;
  if (text === 'ping') {
    work.out.push({ type: 'pong' });
    return;
  }
  const decoded = decode004(text);
  if (decoded.ok) return handleClientMessage(work, decoded.value);
  const { error, id } = decoded.error;
  if (work.gateway.phase.name === 'waiting') return closeUnauthenticated(work, id);
  if (error.code === 'UNSUPPORTED_VERSION') return closeWithError(work, error, id);
  refuseFrame(work, decoded.error);
}

/** S13: in bytes, which are counted only where the length leaves a doubt. */
const isTooLarge = (text: string) =>
  text.length * 3 > LIMITS.messageBytes && new TextEncoder().encode(text).length > LIMITS.messageBytes;

const refuseFrame = (work: UnitOfWork, { error, id }: ProtocolError) => refuse(work, id, error);

/** L: a hundred messages a second. */
function withinRate(work: UnitOfWork): boolean {
  const taken = take(work.gateway.bucket, RATE, work.now);
  work.gateway.bucket = taken.bucket;
  return taken.ok || refuseTooFast(work, undefined, taken, `at most ${RATE.perSecond} messages a second`);
}

/** L: ten commands a minute. */
function mayCommand(work: UnitOfWork, id: string | undefined): boolean {
  const taken = take(work.gateway.commandBucket, COMMAND_RATE, work.now);
  work.gateway.commandBucket = taken.bucket;
  return taken.ok || refuseTooFast(work, id, taken, `at most ${SOCKET.commandsPerMinute} commands a minute`);
}

/** Refuses the message; a client that keeps exceeding a limit is closed. */
function refuseTooFast(
  work: UnitOfWork,
  id: string | undefined,
  taken: Taken & { readonly ok: false },
  why: string,
): false {
  const error = wireError('RATE_LIMIT', why, { retryAfter: taken.retryAfter });
  if (taken.bucket.refused >= SOCKET.refusalsBeforeClose) closeWithError(work, error, id);
  else refuse(work, id, error);
  return false;
}

const closeUnauthenticated = (work: UnitOfWork, id: string | undefined) =>
  closeWithError(work, wireError('AUTH_FAILED', 'the first message must bring a token'), id);

function handleClientMessage(work: UnitOfWork, { message, id }: Decoded<ViewerMessage>): void {
  const { phase } = work.gateway;
  const token = tokenMessageOf(message);
  if (token !== null && phase.name !== 'closed') {
    const connects = phase.name === 'waiting';
    work.gateway.held = { texts: [], bytes: 0 };
    work.out.push({ type: 'verify', team: phase.team, ...token, id, connects });
    return;
  }
  if (phase.name === 'waiting') return closeUnauthenticated(work, id);
  if (phase.name === 'open') handleRequest(work, message, id);
}

/** The token a message brought was checked. */
export function handleVerified(
  work: UnitOfWork,
  { message, id, result }: GatewayEvent & { type: 'verified' },
): void {
  const { gateway } = work;
  const { phase } = gateway;
  if (phase.name === 'closed') return;
  const error = result.ok ? mismatch(phase, result.value) : result.error;
  if (error !== null || !result.ok) {
    const refusal = error ?? wireError('AUTH_FAILED', 'The token is not valid');
    if (phase.name === 'open') return refuse(work, id, refusal);
    return closeWithError(work, refusal, id, refusalClose(refusal.code));
  }
  const entering = phase.name === 'waiting';
  if (entering && message.type === 'auth') gateway.clientId = message.payload.clientId ?? gateway.clientId;
  if (entering) openGateway(work, result.value);
  else renewLinks(work, result.value, message.payload.token ?? '');
  if (message.type === 'dashboard:connect') handleConnect(work, message.payload, entering, id);
  answer(work, id, { success: true });
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

export function openGateway(work: UnitOfWork, claims: MemberClaims): void {
  work.gateway.phase = { name: 'open', team: claims.team, claims };
  dialLobby(work);
}

/** M11: the links are renewed in-band like the client itself; those being dialled take the new claims. */
function renewLinks(work: UnitOfWork, claims: MemberClaims, token: string): void {
  const { gateway } = work;
  gateway.phase = { name: 'open', team: claims.team, claims };
  const message = { type: 'auth:refresh', payload: { token } } as const;
  for (const link of [...(gateway.lobby === null ? [] : [gateway.lobby]), ...gateway.rooms.values()])
    if (isOpen(link)) work.out.push({ type: 'send', key: link.key, message, id: work.freshId() });
}

/** Cursors of an earlier connection: output goes on from there (B1). */
function handleConnect(
  work: UnitOfWork,
  { cursors }: Extract<ViewerMessage, { type: 'dashboard:connect' }>['payload'],
  entering: boolean,
  id: string | undefined,
): void {
  const { gateway } = work;
  if (gateway.agentList === null)
    for (const entry of Object.entries(cursors ?? {})) gateway.cursors.set(...entry);
  else {
    for (const room of gateway.rooms.values()) {
      const cursor = cursors?.[room.agentId];
      if (cursor !== undefined) restartOutput(work, room, cursor);
    }
  }
  // A client that authenticated by the address may be waiting for these again.
  if (entering || gateway.welcome === null) return;
  sendToClient(work, { type: 'connection:ack', payload: gateway.welcome }, id);
  if (gateway.agentList !== null) sendToClient(work, { type: 'agent:list', payload: gateway.agentList }, id);
}

function handleRequest(work: UnitOfWork, message: ViewerMessage, id: string | undefined): void {
  const { gateway } = work;
  switch (message.type) {
    case 'heartbeat':
      sendToClient(work, { type: 'heartbeat', payload: message.payload }, id);
      return answer(work, id, { success: true });
    case 'ping':
      sendToClient(work, { type: 'pong', payload: message.payload }, id);
      return answer(work, id, { success: true });
    case 'dashboard:connect':
      handleConnect(work, message.payload, false, id);
      return answer(work, id, { success: true });
    case 'subscribe:agent':
      return subscribe(work, message.payload, id);
    case 'unsubscribe':
      return unsubscribe(work, message.payload.subscriptionId, id);
    default:
  }
  const agentId = roomFor(message);
  if (agentId === null) {
    if (gateway.lobby !== null) sendToLobby(work, gateway.lobby, message, id);
    return;
  }
  const room = gateway.rooms.get(agentId);
  if (room === undefined)
    return refuse(work, id, 'agentId' in message.payload ? noAgent(agentId) : NO_COMMAND);
  if (VIEWER_MESSAGES[message.type].bucket === 'command' && !mayCommand(work, id)) return;
  sendToRoom(work, room, message, id);
}

const NO_COMMAND = wireError('COMMAND_NOT_FOUND', 'There is no such command', {
  field: 'commandId',
});
const noAgent = (agentId: string) =>
  wireError('AGENT_NOT_FOUND', `There is no agent called ${agentId}`, { field: 'agentId' });

type SubscribeInput = Extract<ViewerMessage, { type: 'subscribe:agent' }>['payload'];

/** M8: a plain client has every agent's output already; with `after` or `history` it has it again from there. */
function subscribe(
  work: UnitOfWork,
  { agentId, after, history, filters }: SubscribeInput,
  id: string | undefined,
): void {
  const { gateway } = work;
  if (filters !== undefined && filters.length > 0)
    return refuse(
      work,
      id,
      wireError('INVALID_MESSAGE', 'No known kind of event was named', { field: 'filters' }),
    );
  if (gateway.subscriptions.size >= SUBSCRIPTIONS) {
    const text = `a connection has at most ${SUBSCRIPTIONS} subscriptions`;
    return refuse(work, id, wireError('RESOURCE_EXHAUSTED', text));
  }
  const rooms = agentId === undefined ? [...gateway.rooms.values()] : [gateway.rooms.get(agentId)];
  if (agentId !== undefined && rooms[0] === undefined) return refuse(work, id, noAgent(agentId));
  const subscriptionId = work.freshId();
  gateway.subscriptions.set(subscriptionId, agentId ?? null);
  if (agentId !== undefined) gateway.muted.delete(agentId);
  else {
    gateway.wantsAll = true;
    gateway.muted.clear();
  }
  answer(work, id, { success: true, result: { subscriptionId } });
  for (const room of rooms) {
    if (room === undefined) continue;
    if (after !== undefined || history !== undefined) restartOutput(work, room, after ?? null, history);
    else if (room.stream.phase === 'detached') restartOutput(work, room, room.stream.at);
  }
}

/** L: subscriptions per connection. */
const SUBSCRIPTIONS = 100;

function unsubscribe(work: UnitOfWork, subscriptionId: string, id: string | undefined): void {
  const { gateway } = work;
  const agentId = gateway.subscriptions.get(subscriptionId);
  if (agentId === undefined) {
    const error = wireError('SUBSCRIPTION_NOT_FOUND', 'There is no such subscription', {
      field: 'subscriptionId',
    });
    return refuse(work, id, error);
  }
  gateway.subscriptions.delete(subscriptionId);
  const still = [...gateway.subscriptions.values()].includes(agentId);
  if (!still && agentId !== null) gateway.muted.add(agentId);
  else if (!still) gateway.wantsAll = false;
  for (const room of gateway.rooms.values()) pauseOutput(work, room);
  answer(work, id, { success: true });
}
