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
import {
  ask,
  clientIdOf,
  deadlineOf,
  dial,
  drop,
  hearing,
  lost,
  newLink,
  opened,
  ownId,
  stepOf,
  tickOf,
} from './links.ts';
import { carryOut, step } from './output.ts';
import { refuse, say } from './say.ts';
import { tellInPlace } from './statuses.ts';
import type { DoorEvent, RoomLink, Start, Target, Turn } from './types.ts';

/** Inputs kept while a room is reached for the first time. */
const MAX_HELD = 64;

export const roomKey = (agentId: AgentId) => `room:${agentId}`;
const targetOf = ({ agentId, agentUid }: RoomLink): Target => ({ type: 'room', agentId, agentUid });

/** Whether the client wants this agent's output, and has credit for it (S9). */
function wanted({ door }: Turn, agentId: AgentId): boolean {
  if (door.credit.left <= 0) return false;
  return !door.muted.has(agentId) && (door.wantsAll || [...door.subscriptions.values()].includes(agentId));
}

/**
 * Brings the room links in step with the lobby's agents. Output of an agent that was there before the client
 * begins where it stands; of one that came later, at its beginning.
 */
export function syncRooms(turn: Turn, agents: readonly AgentSummary[], first: boolean): void {
  const { door } = turn;
  const known = new Map(agents.map((agent) => [agent.agentId, agent]));
  for (const room of [...door.rooms.values()])
    if (known.get(room.agentId)?.agentUid !== room.agentUid) removeRoom(turn, room.agentId);
  for (const agent of agents) if (!door.rooms.has(agent.agentId)) addRoom(turn, agent, first);
}

export function addRoom(turn: Turn, { agentId, agentUid }: AgentSummary, wasThere: boolean): void {
  const { door } = turn;
  const cursor = door.cursors.get(agentId);
  door.cursors.delete(agentId);
  const beginning: Start = wasThere ? { type: 'live' } : { type: 'after', cursor: null };
  const room: RoomLink = {
    ...newLink(roomKey(agentId), turn.now),
    agentId,
    agentUid,
    start: cursor === undefined ? beginning : { type: 'after', cursor },
    stream: openStream(null),
    credit: NO_CREDIT,
    subscribing: null,
    subscription: null,
    told: null,
    history: 'full',
    behind: false,
    presentAsked: null,
    held: [],
    statuses: [],
  };
  door.rooms.set(agentId, room);
  dial(turn, room, targetOf(room));
}

export function removeRoom(turn: Turn, agentId: AgentId): void {
  const room = turn.door.rooms.get(agentId);
  if (room === undefined) return;
  turn.door.rooms.delete(agentId);
  turn.out.push({ type: 'hang-up', key: room.key });
  const error = wireError('AGENT_NOT_FOUND', `The agent ${agentId} is gone`, { field: 'agentId' });
  stepOf(turn, room, { type: 'abandon', error });
  for (const { id } of room.held ?? []) refuse(turn, id, error);
}

/** A request of the client to this room. Input waits for a room that was never reached; later it is now or not at all (I2). */
export function askRoom(turn: Turn, room: RoomLink, message: ViewerMessage, id: string | undefined): void {
  if (message.type !== 'agent:input' || room.held === null) return ask(turn, room, message, id);
  if (room.held.length < MAX_HELD) room.held.push({ message, id });
  else refuse(turn, id, wireError('AGENT_OFFLINE', 'The agent cannot be reached yet'));
}

/** Starts a room's output anew at a cursor: the client asked for it. Repeats carry the same numbers. */
export function restart(
  turn: Turn,
  room: RoomLink,
  cursor: Cursor | null,
  history: RoomLink['history'] = room.history,
): void {
  room.start = null;
  room.behind = false;
  room.history = history;
  room.stream = openStream(cursor);
  if (room.state.name === 'connected') step(turn, room, { type: 'attach' });
}

/** The client no longer wants the output; the link stays for its requests. */
export function quiet(turn: Turn, room: RoomLink): void {
  if (wanted(turn, room.agentId)) return;
  if (room.stream.phase !== 'detached') step(turn, room, { type: 'detach' });
  const { subscription: subscriptionId, key } = room;
  room.subscription = null;
  if (subscriptionId === null) return;
  const message = { type: 'unsubscribe', payload: { subscriptionId } } as const;
  turn.out.push({ type: 'send', key, message });
}

export function roomText(turn: Turn, room: RoomLink, message: ServerMessage, id: string | undefined): void {
  if (isStreamMessage(message)) return step(turn, room, message);
  switch (message.type) {
    case 'connection:ack':
      return onOpened(turn, room);
    case 'agent:state':
      if (id !== undefined && id !== room.presentAsked) return say(turn, message, clientIdOf(id));
      return onState(turn, room, message.payload.asOf);
    case 'ack':
      return onAck(turn, room, message.payload);
    case 'error':
      // What answers a request is told with its ack.
      if (id === undefined) room.error = message.payload;
      return;
    case 'command:status':
      return tellInPlace(turn, room, message);
    case 'command:queue':
    case 'agent:error':
      return say(turn, message);
    default:
      // Status comes from the lobby, once; the rest is about this link.
      return;
  }
}

function onAck(turn: Turn, room: RoomLink, ack: Ack): void {
  if (ack.messageId !== room.subscribing) return stepOf(turn, room, { type: 'ack', ack });
  room.subscribing = null;
  const id = ack.result?.['subscriptionId'];
  room.subscription = typeof id === 'string' ? id : null;
  // Refused as it is: a new socket asks again from the cursor.
  if (!ack.success) dropRoom(turn, room);
  else quiet(turn, room);
}

function onOpened(turn: Turn, room: RoomLink): void {
  opened(turn, room);
  for (const { message, id } of room.held ?? []) ask(turn, room, message, id);
  room.held = null;
  // Its first state says where the present is.
  if (room.behind) return;
  if (room.start === null || room.start.type === 'after') begin(turn, room, null);
}

/** The first state on a link says where the room stands: `live` begins there. */
function onState(turn: Turn, room: RoomLink, asOf: Position | null): void {
  if (room.behind) skipTo(turn, room, asOf);
  else if (room.start?.type === 'live') begin(turn, room, asOf);
}

function begin(turn: Turn, room: RoomLink, asOf: Position | null): void {
  if (room.start !== null) room.stream = openStream(room.start.type === 'live' ? asOf : room.start.cursor);
  room.start = null;
  if (turn.door.credit.left <= 0) room.behind = true;
  else if (wanted(turn, room.agentId)) step(turn, room, { type: 'attach' });
}

export function roomBytes(
  turn: Turn,
  room: RoomLink,
  { bytes, wireBytes }: DoorEvent & { type: 'bytes' },
): void {
  hearing(turn, room);
  const headers = readBatches(bytes);
  if (!headers.ok) return dropRoom(turn, room);
  for (const header of headers.value) step(turn, room, { type: 'batch', header, bytes });
  credited(turn, room, creditReceived(room.credit, wireBytes, room.stream.at, turn.now));
  if (turn.door.credit.left <= 0) for (const each of turn.door.rooms.values()) holdBack(turn, each);
}

/** S9: nothing more comes until there is credit; the room then holds nothing for this client, nor does the Worker. */
function holdBack(turn: Turn, room: RoomLink): void {
  if (room.stream.phase === 'detached') return;
  room.behind = true;
  quiet(turn, room);
}

/** S9: there is credit again. */
export function goOn(turn: Turn, room: RoomLink): void {
  if (!room.behind || room.state.name !== 'connected') return;
  room.presentAsked = ownId(turn);
  const message = { type: 'agent:get_state', payload: { agentId: room.agentId } } as const;
  turn.out.push({ type: 'send', key: room.key, message, id: room.presentAsked });
}

/** S9: what came meanwhile is a gap; output goes on from the present. */
function skipTo(turn: Turn, room: RoomLink, present: Position | null): void {
  if (turn.door.credit.left <= 0) return;
  room.behind = false;
  const { at } = room.stream;
  // Without a cursor it would have begun where the epoch does.
  const last = at === null || at.epoch === null ? { epoch: present?.epoch, sequence: 0 } : at;
  if (present !== null && (last.epoch !== present.epoch || last.sequence < present.sequence)) {
    room.stream = openStream(present);
    const to = last.epoch === present.epoch ? present.sequence : null;
    carryOut(turn, room, { type: 'gap', epoch: last.epoch ?? null, from: last.sequence + 1, to });
  }
  if (wanted(turn, room.agentId)) step(turn, room, { type: 'attach' });
}

export function roomLost(turn: Turn, room: RoomLink, code: number): void {
  // While the lobby lists the agent its room is to be had, whatever a socket of it was closed for.
  lost(turn, room, code, true);
  offline(turn, room);
}

function dropRoom(turn: Turn, room: RoomLink): void {
  drop(turn, room);
  offline(turn, room);
}

function offline(turn: Turn, room: RoomLink): void {
  room.subscribing = null;
  room.subscription = null;
  room.credit = NO_CREDIT;
  step(turn, room, { type: 'detach' });
}

export function tickRoom(turn: Turn, room: RoomLink): void {
  const connected = room.state.name === 'connected';
  tickOf(turn, room, targetOf(room));
  if (connected && room.state.name !== 'connected') return offline(turn, room);
  if (connected) credited(turn, room, tickCredit(room.credit, room.stream.at, turn.now));
}

export function roomDeadline(room: RoomLink): number | null {
  const times = [deadlineOf(room), creditDeadline(room.credit)].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

function credited(turn: Turn, room: RoomLink, { state, ack }: ReturnType<typeof tickCredit>): void {
  room.credit = state;
  if (ack !== null)
    turn.out.push({ type: 'send', key: room.key, message: { type: 'flow:ack', payload: ack } });
}
