import type { AgentId, ClientId } from '@muster/protocol';
import { type ChannelEvent, isUsable } from '../channel/index.ts';
import { NO_CLOCK, observeTimestamp } from '../connection/index.ts';
import { earliest } from '../earliest.ts';
import { roomFor } from '../requests/route.ts';
import { NO_CREDIT } from '../stream/credit.ts';
import { NO_TEAM } from '../stream/state.ts';
import { openStream } from '../stream/stream.ts';
import { newSelection } from '../transport/handle.ts';
import { handleInput } from './input.ts';
import { newLink, stepTransport, updateDeadline } from './links.ts';
import { LOBBY_PATH, stepLobby } from './lobby.ts';
import {
  closeReader,
  handleConsumed,
  handleFollow,
  handleListen,
  handleResize,
  newRoom,
  roomDeadline,
  stepReader,
  stepRoom,
  tickRoom,
} from './room.ts';
import type {
  FeedEvent,
  FeedId,
  Reader,
  Room,
  SocketEvent,
  Team,
  TeamContext,
  TeamEffect,
  TeamEvent,
  UnitOfWork,
} from './types.ts';

const LOBBY_KEY = 'lobby';

export const newTeam = (clientId: ClientId): Team => ({
  clientId,
  lobby: newLink(LOBBY_KEY, LOBBY_PATH),
  rooms: new Map(),
  roomCount: 0,
  list: NO_TEAM,
  inbox: new Map(),
  clock: NO_CLOCK,
  transport: newSelection(),
});

/** One thing that happened to a client, and what is to be done for it, in order. */
export function handleTeam(team: Team, event: TeamEvent, context: TeamContext): readonly TeamEffect[] {
  const work: UnitOfWork = { ...context, team, out: [], touched: new Set() };
  dispatch(work, event);
  for (const link of work.touched) {
    const room = team.rooms.get(link.key);
    updateDeadline(link, room === undefined ? null : roomDeadline(room));
  }
  return work.out;
}

function dispatch(work: UnitOfWork, event: TeamEvent): void {
  if ('key' in event) return handleSocketEvent(work, event);
  if ('feed' in event) return handleFeedEvent(work, event);
  switch (event.type) {
    case 'start':
      return stepLobby(work, event);
    case 'request':
      return handleRequest(work, event);
    case 'server-asked':
    case 'probe-answered':
      return stepTransport(work, event);
    case 'retry':
    case 'wake':
      stepLobby(work, event);
      for (const room of work.team.rooms.values()) stepRoom(work, room, event);
      return;
    case 'tick':
      return handleTick(work);
    case 'close':
      for (const room of [...work.team.rooms.values()]) closeRoom(work, room);
      stepLobby(work, { type: 'close', withinMs: 0 });
      return stepTransport(work, event);
  }
}

/** When `tick` has something to do, ms; null: never. */
export function teamDeadline(team: Team): number | null {
  let first = earliest([team.transport.deadline, team.lobby.deadline]);
  for (const { deadline } of team.rooms.values())
    if (deadline !== null && (first === null || deadline < first)) first = deadline;
  return first;
}

/** The room and the reader of a feed; null: it was closed. */
export function readerOf(team: Team, feed: FeedId): { readonly room: Room; readonly reader: Reader } | null {
  for (const room of team.rooms.values()) {
    const { reader } = room;
    if (reader?.feed === feed) return { room, reader };
  }
  return null;
}

function handleSocketEvent(work: UnitOfWork, event: SocketEvent): void {
  const { team } = work;
  const room = team.rooms.get(event.key) ?? null;
  if (room === null && event.key !== LOBBY_KEY) return;
  const step = (inner: ChannelEvent) =>
    room === null ? stepLobby(work, inner) : stepRoom(work, room, inner);
  switch (event.type) {
    case 'message': {
      observe(work, room ?? team.lobby, event);
      return step(event);
    }
    case 'batch':
      if (room !== null) stepReader(work, room, event);
      return;
    case 'consumed':
      if (room === null) return;
      handleConsumed(work, room, event.wireBytes);
      work.touched.add(room);
      return;
    case 'unreadable':
      // Another socket may bring the bytes whole.
      return step({ type: 'drop' });
    default:
      return step(event);
  }
}

/** M12: what a new connection says first counts whatever was known. */
function observe(
  { team, now }: UnitOfWork,
  { channel }: Team['lobby'],
  { message, timestamp }: SocketEvent & { type: 'message' },
): void {
  if (timestamp === undefined || !Number.isFinite(timestamp)) return;
  const isFirst = message.type === 'connection:ack' && channel.connection.phase.name === 'dialling';
  team.clock = observeTimestamp(team.clock, timestamp, now, isFirst);
}

function handleRequest(work: UnitOfWork, event: TeamEvent & { type: 'request' }): void {
  const agentId = roomFor(event.message);
  if (agentId === null) return stepLobby(work, event);
  const room = findRoom(work, agentId, false) ?? dialRoom(work, agentId);
  room.users += 1;
  room.closesAt = null;
  stepRoom(work, room, event);
}

/** Requests use any socket of their agent; a reader takes one that has no other reader. */
function findRoom({ team }: UnitOfWork, agentId: AgentId, forReading: boolean): Room | null {
  for (const room of team.rooms.values()) {
    const isFree = !forReading || room.reader === null;
    if (room.agentId === agentId && isUsable(room.channel) && isFree) return room;
  }
  return null;
}

function dialRoom(work: UnitOfWork, agentId: AgentId): Room {
  const { team, wall } = work;
  team.roomCount += 1;
  const room = newRoom(`room:${team.roomCount}`, agentId, wall);
  team.rooms.set(room.key, room);
  stepRoom(work, room, { type: 'start' });
  return room;
}

function handleFeedEvent(work: UnitOfWork, event: FeedEvent): void {
  if (event.type === 'open-feed') return openFeed(work, event);
  const found = readerOf(work.team, event.feed);
  if (found === null) return;
  const { room, reader } = found;
  work.touched.add(room);
  switch (event.type) {
    case 'listen':
      return handleListen(work, room, reader);
    case 'follow':
      return handleFollow(work, room, reader, event.after);
    case 'feed-request': {
      room.users += 1;
      const { id, message } = event;
      return stepRoom(work, room, { type: 'request', id, message, once: true });
    }
    case 'input':
      return handleInput(work, room, event.input);
    case 'resize':
      return handleResize(work, room, event.size);
    case 'retry-feed':
      return stepRoom(work, room, { type: 'retry' });
    case 'close-feed':
      return closeReader(work, room);
  }
}

function openFeed(work: UnitOfWork, event: FeedEvent & { type: 'open-feed' }): void {
  const { feed, agentId, after, history, held = false } = event;
  const room = findRoom(work, agentId, true) ?? dialRoom(work, agentId);
  room.users += 1;
  room.closesAt = null;
  room.reader = { feed, history, held, stream: openStream(after), credit: NO_CREDIT, isListening: false };
  work.touched.add(room);
}

function handleTick(work: UnitOfWork): void {
  const { team, now } = work;
  stepTransport(work, { type: 'tick' });
  stepLobby(work, { type: 'tick' });
  for (const room of [...team.rooms.values()]) {
    if (room.closesAt !== null && now >= room.closesAt) closeRoom(work, room);
    else if (room.deadline !== null && now >= room.deadline) tickRoom(work, room);
  }
}

function closeRoom(work: UnitOfWork, room: Room): void {
  room.closesAt = null;
  stepRoom(work, room, { type: 'close', withinMs: 0 });
  work.team.rooms.delete(room.key);
}
