import { decodeServer, wireError } from '@muster/protocol';
import { fullBucket } from '../socket/bucket.ts';
import { SOCKET } from '../socket/limits.ts';
import { COMMAND_RATE, handleClientText, handleVerified, openGateway, RATE } from './client.ts';
import { creditDeadline, fullCredit, newCredit, type PlainCredit, renewCredit } from './credit.ts';
import { deadlineOf, recordActivity } from './links.ts';
import { handleLobbyLost, handleLobbyMessage, LOBBY_KEY, tickLobby } from './lobby.ts';
import { closeGateway, closeWithError } from './replies.ts';
import {
  handleRoomBytes,
  handleRoomLost,
  handleRoomMessage,
  resumeOutput,
  roomDeadline,
  tickRoom,
} from './rooms.ts';
import type { Context, Effect, Gateway, GatewayEvent, LinkKey, RoomLink, UnitOfWork } from './types.ts';

export function newGateway(now: number): Gateway {
  return {
    phase: { name: 'closed' },
    clientId: '',
    bucket: fullBucket(RATE, now),
    commandBucket: fullBucket(COMMAND_RATE, now),
    credit: newCredit(now),
    lobby: null,
    rooms: new Map(),
    welcome: null,
    agentList: null,
    cursors: new Map(),
    wantsAll: true,
    muted: new Set(),
    subscriptions: new Map(),
  };
}

/** G1: one thing that happened, and what is to be done for it, in order. */
export function handle(door: Gateway, event: GatewayEvent, context: Context): readonly Effect[] {
  const { now } = context;
  const turn: UnitOfWork = {
    now,
    random: () => context.random(),
    freshId: () => context.freshId(),
    door,
    out: [],
  };
  if (event.type === 'start') start(turn, event);
  else if (door.phase.name !== 'closed') handleEvent(turn, event);
  return turn.out;
}

function start(turn: UnitOfWork, { team, claims }: GatewayEvent & { type: 'start' }): void {
  turn.door.clientId = turn.freshId();
  if (claims !== null) return openGateway(turn, claims);
  turn.door.phase = { name: 'waiting', team, deadline: turn.now + SOCKET.authDeadline };
}

function handleEvent(turn: UnitOfWork, event: Exclude<GatewayEvent, { type: 'start' }>): void {
  const { door } = turn;
  switch (event.type) {
    case 'client':
      setCredit(turn, fullCredit(turn.now));
      return handleClientText(turn, event.text);
    case 'verified':
      return handleVerified(turn, event);
    case 'text':
      return handleLinkText(turn, event.key, event.text);
    case 'bytes': {
      const room = roomOf(door, event.key);
      if (room !== null) handleRoomBytes(turn, room, event);
      return;
    }
    case 'lost': {
      const room = roomOf(door, event.key);
      if (room !== null) handleRoomLost(turn, room, event.code);
      else if (event.key === LOBBY_KEY && door.lobby !== null) handleLobbyLost(turn, door.lobby, event.code);
      return;
    }
    case 'tick':
      return handleTick(turn);
    case 'left':
      return closeGateway(turn);
  }
}

function roomOf(door: Gateway, key: LinkKey): RoomLink | null {
  for (const room of door.rooms.values()) if (room.key === key) return room;
  return null;
}

function handleLinkText(turn: UnitOfWork, key: LinkKey, text: string): void {
  const { door } = turn;
  const room = roomOf(door, key);
  const link = room ?? (key === LOBBY_KEY ? door.lobby : null);
  if (link === null) return;
  // Any text is a sign of life; a bare `pong` is nothing more.
  recordActivity(turn, link);
  const decoded = text === 'pong' ? null : decodeServer(text);
  if (decoded?.ok !== true) return;
  const { message, metadata } = decoded.value;
  if (room !== null) handleRoomMessage(turn, room, message, metadata?.correlationId);
  else handleLobbyMessage(turn, link, message, metadata?.correlationId);
}

/** S9: output that waited for credit goes on. */
function setCredit(turn: UnitOfWork, credit: PlainCredit): void {
  const { door } = turn;
  const waited = door.credit.left <= 0;
  door.credit = credit;
  if (waited && credit.left > 0) for (const room of door.rooms.values()) resumeOutput(turn, room);
}

function handleTick(turn: UnitOfWork): void {
  const { door, now } = turn;
  if (door.phase.name === 'waiting') {
    if (now >= door.phase.deadline)
      closeWithError(turn, wireError('AUTH_FAILED', 'no token came within 5 s'));
    return;
  }
  if (door.credit.left <= 0) setCredit(turn, renewCredit(door.credit, now));
  if (door.lobby !== null) tickLobby(turn, door.lobby);
  for (const room of door.rooms.values()) tickRoom(turn, room);
}

/** When `tick` is next wanted, ms; null: never. */
export function nextTick(door: Gateway): number | null {
  if (door.phase.name === 'waiting') return door.phase.deadline;
  const times = [
    door.lobby === null ? null : deadlineOf(door.lobby),
    creditDeadline(door.credit),
    ...[...door.rooms.values()].map(roomDeadline),
  ].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
