import {
  creditDeadline,
  creditReceived,
  isStreamMessage,
  NO_CREDIT,
  openStream,
  readBatches,
  tickCredit,
} from '@muster/client/sync';
import {
  type Ack,
  type AgentId,
  type AgentSummary,
  type Cursor,
  type Position,
  type ServerMessage,
  type ViewerMessage,
  wireError,
} from '@muster/protocol';
import { earliest } from '../socket/deadlines.ts';
import { sendInOrder } from './command-statuses.ts';
import type { PlainCredit } from './credit.ts';
import {
  clientIdOf,
  deadlineOf,
  handleLost,
  handleOpened,
  isOpen,
  newLink,
  ownId,
  recordActivity,
  sendRequest,
  stepConnection,
  stepLinkRequests,
  tickLink,
} from './links.ts';
import { perform, stepOutput } from './output.ts';
import { refuse, sendToClient } from './replies.ts';
import type { GatewayEvent, RoomLink, Start, UnitOfWork } from './types.ts';

/** Inputs kept while a room is reached for the first time. */
const MAX_PENDING_INPUT = 64;

export const roomKey = (agentId: AgentId) => `room:${agentId}`;

/** Whether the client wants this agent's output, and has credit for it (S9). */
function wantsOutput({ gateway }: UnitOfWork, agentId: AgentId): boolean {
  if (gateway.credit.left <= 0) return false;
  return (
    !gateway.muted.has(agentId) && (gateway.wantsAll || [...gateway.subscriptions.values()].includes(agentId))
  );
}

/**
 * Brings the room links in step with the lobby's agents. Output of an agent that was there before the client
 * begins where it stands; of one that came later, at its beginning.
 */
export function syncRooms(work: UnitOfWork, agents: readonly AgentSummary[], first: boolean): void {
  const { gateway } = work;
  const known = new Map(agents.map((agent) => [agent.agentId, agent]));
  for (const room of [...gateway.rooms.values()])
    if (known.get(room.agentId)?.agentUid !== room.agentUid) removeRoom(work, room.agentId);
  for (const agent of agents) if (!gateway.rooms.has(agent.agentId)) addRoom(work, agent, first);
}

export function addRoom(work: UnitOfWork, { agentId, agentUid }: AgentSummary, wasThere: boolean): void {
  const { gateway } = work;
  const cursor = gateway.cursors.get(agentId);
  gateway.cursors.delete(agentId);
  const beginning: Start = wasThere ? { type: 'live' } : { type: 'after', cursor: null };
  const room: RoomLink = {
    ...newLink(roomKey(agentId), { type: 'room', agentId, agentUid }),
    agentId,
    agentUid,
    start: cursor === undefined ? beginning : { type: 'after', cursor },
    stream: openStream(null),
    credit: NO_CREDIT,
    subscribing: null,
    subscription: null,
    sentPosition: null,
    history: 'full',
    isBehind: false,
    positionRequest: null,
    pendingInput: [],
    pendingStatuses: [],
  };
  gateway.rooms.set(agentId, room);
  stepConnection(work, room, { type: 'start' });
}

export function removeRoom(work: UnitOfWork, agentId: AgentId): void {
  const room = work.gateway.rooms.get(agentId);
  if (room === undefined) return;
  work.gateway.rooms.delete(agentId);
  work.out.push({ type: 'hang-up', key: room.key });
  const error = wireError('AGENT_NOT_FOUND', `The agent ${agentId} is gone`, { field: 'agentId' });
  stepLinkRequests(work, room, { type: 'abandon', error });
  for (const { id } of room.pendingInput ?? []) refuse(work, id, error);
}

/** A request of the client to this room. Input waits for a room that was never reached; later it is now or not at all (I2). */
export function sendToRoom(
  work: UnitOfWork,
  room: RoomLink,
  message: ViewerMessage,
  id: string | undefined,
): void {
  if (message.type !== 'agent:input' || room.pendingInput === null)
    return sendRequest(work, room, message, id);
  if (room.pendingInput.length < MAX_PENDING_INPUT) room.pendingInput.push({ message, id });
  else refuse(work, id, wireError('AGENT_OFFLINE', 'The agent cannot be reached yet'));
}

/** Starts a room's output anew at a cursor: the client asked for it. Repeats carry the same numbers. */
export function restartOutput(
  work: UnitOfWork,
  room: RoomLink,
  cursor: Cursor | null,
  history: RoomLink['history'] = room.history,
): void {
  room.start = null;
  room.isBehind = false;
  room.history = history;
  room.stream = openStream(cursor);
  if (isOpen(room)) stepOutput(work, room, { type: 'attach' });
}

/** The client no longer wants the output; the link stays for its requests. */
export function pauseOutput(work: UnitOfWork, room: RoomLink): void {
  if (wantsOutput(work, room.agentId)) return;
  if (room.stream.phase !== 'detached') stepOutput(work, room, { type: 'detach' });
  const { subscription: subscriptionId, key } = room;
  room.subscription = null;
  if (subscriptionId === null) return;
  const message = { type: 'unsubscribe', payload: { subscriptionId } } as const;
  work.out.push({ type: 'send', key, message });
}

export function handleRoomMessage(
  work: UnitOfWork,
  room: RoomLink,
  message: ServerMessage,
  id: string | undefined,
): void {
  if (isStreamMessage(message)) return stepOutput(work, room, message);
  switch (message.type) {
    case 'connection:ack':
      return handleRoomOpened(work, room);
    case 'agent:state':
      if (id !== undefined && id !== room.positionRequest) return sendToClient(work, message, clientIdOf(id));
      return handleState(work, room, message.payload.asOf);
    case 'ack':
      return handleAck(work, room, message.payload);
    case 'error':
      // An error that answers a request goes out with its ack.
      if (id === undefined) room.error = message.payload;
      return;
    case 'command:status':
      return sendInOrder(work, room, message);
    case 'command:queue':
    case 'agent:error':
      return sendToClient(work, message);
    default:
      // Status comes from the lobby, once; the rest is about this link.
      return;
  }
}

function handleAck(work: UnitOfWork, room: RoomLink, ack: Ack): void {
  if (ack.messageId !== room.subscribing) return stepLinkRequests(work, room, { type: 'ack', ack });
  room.subscribing = null;
  const id = ack.result?.['subscriptionId'];
  room.subscription = typeof id === 'string' ? id : null;
  // Refused as it is: a new socket asks again from the cursor.
  if (!ack.success) dropRoom(work, room);
  else pauseOutput(work, room);
}

function handleRoomOpened(work: UnitOfWork, room: RoomLink): void {
  handleOpened(work, room);
  for (const { message, id } of room.pendingInput ?? []) sendRequest(work, room, message, id);
  room.pendingInput = null;
  // The first state names the current position.
  if (room.isBehind) return;
  if (room.start === null || room.start.type === 'after') beginOutput(work, room, null);
}

/** The first state on a link names the room's position: `live` begins there. */
function handleState(work: UnitOfWork, room: RoomLink, asOf: Position | null): void {
  if (room.isBehind) skipTo(work, room, asOf);
  else if (room.start?.type === 'live') beginOutput(work, room, asOf);
}

function beginOutput(work: UnitOfWork, room: RoomLink, asOf: Position | null): void {
  if (room.start !== null) room.stream = openStream(room.start.type === 'live' ? asOf : room.start.cursor);
  room.start = null;
  if (work.gateway.credit.left <= 0) room.isBehind = true;
  else if (wantsOutput(work, room.agentId)) stepOutput(work, room, { type: 'attach' });
}

export function handleRoomBytes(
  work: UnitOfWork,
  room: RoomLink,
  { bytes, wireBytes }: GatewayEvent & { type: 'bytes' },
): void {
  recordActivity(work, room);
  const headers = readBatches(bytes);
  if (!headers.ok) return dropRoom(work, room);
  for (const header of headers.value) stepOutput(work, room, { type: 'batch', header, bytes });
  applyCredit(work, room, creditReceived(room.credit, wireBytes, room.stream.at, work.now));
  if (work.gateway.credit.left <= 0) for (const each of work.gateway.rooms.values()) holdBack(work, each);
}

/** S9: nothing more comes until there is credit; the room then holds nothing for this client, nor does the Worker. */
function holdBack(work: UnitOfWork, room: RoomLink): void {
  if (room.stream.phase === 'detached') return;
  room.isBehind = true;
  pauseOutput(work, room);
}

/** S9: output that waited for credit goes on. */
export function setCredit(work: UnitOfWork, credit: PlainCredit): void {
  const { gateway } = work;
  const waited = gateway.credit.left <= 0;
  gateway.credit = credit;
  if (waited && credit.left > 0) for (const room of gateway.rooms.values()) resumeOutput(work, room);
}

/** S9: there is credit again. */
function resumeOutput(work: UnitOfWork, room: RoomLink): void {
  if (!room.isBehind || !isOpen(room)) return;
  room.positionRequest = ownId(work);
  const message = { type: 'agent:get_state', payload: { agentId: room.agentId } } as const;
  work.out.push({ type: 'send', key: room.key, message, id: room.positionRequest });
}

/** S9: what came meanwhile is a gap; output goes on from the present. */
function skipTo(work: UnitOfWork, room: RoomLink, present: Position | null): void {
  if (work.gateway.credit.left <= 0) return;
  room.isBehind = false;
  const { at } = room.stream;
  // Without a cursor it would have begun where the epoch does.
  const last = at === null || at.epoch === null ? { epoch: present?.epoch, sequence: 0 } : at;
  if (present !== null && (last.epoch !== present.epoch || last.sequence < present.sequence)) {
    room.stream = openStream(present);
    const to = last.epoch === present.epoch ? present.sequence : null;
    perform(work, room, { type: 'gap', epoch: last.epoch ?? null, from: last.sequence + 1, to });
  }
  if (wantsOutput(work, room.agentId)) stepOutput(work, room, { type: 'attach' });
}

export function handleRoomLost(work: UnitOfWork, room: RoomLink, code: number): void {
  handleLost(work, room, code);
  detachRoom(work, room);
}

function dropRoom(work: UnitOfWork, room: RoomLink): void {
  stepConnection(work, room, { type: 'drop' });
  detachRoom(work, room);
}

function detachRoom(work: UnitOfWork, room: RoomLink): void {
  room.subscribing = null;
  room.subscription = null;
  room.credit = NO_CREDIT;
  stepOutput(work, room, { type: 'detach' });
}

export function tickRoom(work: UnitOfWork, room: RoomLink): void {
  const wasOpen = isOpen(room);
  tickLink(work, room);
  if (wasOpen && !isOpen(room)) return detachRoom(work, room);
  if (wasOpen) applyCredit(work, room, tickCredit(room.credit, room.stream.at, work.now));
}

export const roomDeadline = (room: RoomLink): number | null =>
  earliest([deadlineOf(room), creditDeadline(room.credit)]);

function applyCredit(work: UnitOfWork, room: RoomLink, { state, ack }: ReturnType<typeof tickCredit>): void {
  room.credit = state;
  if (ack !== null)
    work.out.push({ type: 'send', key: room.key, message: { type: 'flow:ack', payload: ack } });
}
