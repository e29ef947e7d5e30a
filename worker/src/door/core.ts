import { decodeServer, wireError } from '@muster/protocol';
import { fullBucket } from '../socket/bucket.ts';
import { SOCKET } from '../socket/limits.ts';
import { COMMAND_RATE, clientText, enter, RATE, verified } from './client.ts';
import { newCredit, type PlainCredit, refilled, renewalOf, renewed } from './credit.ts';
import { deadlineOf, hearing } from './links.ts';
import { LOBBY_KEY, lobbyLost, lobbyText, tickLobby } from './lobby.ts';
import { goOn, roomBytes, roomDeadline, roomLost, roomText, tickRoom } from './rooms.ts';
import { closeFor, leave } from './say.ts';
import type { Context, Door, DoorEvent, Effect, LinkKey, RoomLink, Turn } from './types.ts';

export function newDoor(now: number): Door {
  return {
    phase: { name: 'closed' },
    clientId: '',
    bucket: fullBucket(RATE, now),
    commandBucket: fullBucket(COMMAND_RATE, now),
    credit: newCredit(now),
    lobby: null,
    rooms: new Map(),
    welcome: null,
    list: null,
    cursors: new Map(),
    wantsAll: true,
    muted: new Set(),
    subscriptions: new Map(),
  };
}

/** G1: one thing that happened, and what is to be done for it, in order. */
export function handle(door: Door, event: DoorEvent, context: Context): readonly Effect[] {
  const { now } = context;
  const turn: Turn = {
    now,
    random: () => context.random(),
    freshId: () => context.freshId(),
    door,
    out: [],
  };
  if (event.type === 'start') start(turn, event);
  else if (door.phase.name !== 'closed') happen(turn, event);
  return turn.out;
}

function start(turn: Turn, { team, claims }: DoorEvent & { type: 'start' }): void {
  turn.door.clientId = turn.freshId();
  if (claims !== null) return enter(turn, claims);
  turn.door.phase = { name: 'waiting', team, deadline: turn.now + SOCKET.authDeadline };
}

function happen(turn: Turn, event: Exclude<DoorEvent, { type: 'start' }>): void {
  const { door } = turn;
  switch (event.type) {
    case 'client':
      renew(turn, refilled(turn.now));
      return clientText(turn, event.text);
    case 'verified':
      return verified(turn, event);
    case 'text':
      return linkText(turn, event.key, event.text);
    case 'bytes': {
      const room = roomOf(door, event.key);
      if (room !== null) roomBytes(turn, room, event);
      return;
    }
    case 'lost': {
      const room = roomOf(door, event.key);
      if (room !== null) roomLost(turn, room, event.code);
      else if (event.key === LOBBY_KEY && door.lobby !== null) lobbyLost(turn, door.lobby, event.code);
      return;
    }
    case 'tick':
      return tick(turn);
    case 'left':
      return leave(turn);
  }
}

function roomOf(door: Door, key: LinkKey): RoomLink | null {
  for (const room of door.rooms.values()) if (room.key === key) return room;
  return null;
}

function linkText(turn: Turn, key: LinkKey, text: string): void {
  const { door } = turn;
  const room = roomOf(door, key);
  const link = room ?? (key === LOBBY_KEY ? door.lobby : null);
  if (link === null) return;
  // Any text is a sign of life; a bare `pong` is nothing more.
  hearing(turn, link);
  const decoded = text === 'pong' ? null : decodeServer(text);
  if (decoded?.ok !== true) return;
  const { message, metadata } = decoded.value;
  if (room !== null) roomText(turn, room, message, metadata?.correlationId);
  else lobbyText(turn, link, message, metadata?.correlationId);
}

/** S9: output that waited for credit goes on. */
function renew(turn: Turn, credit: PlainCredit): void {
  const { door } = turn;
  const waited = door.credit.left <= 0;
  door.credit = credit;
  if (waited && credit.left > 0) for (const room of door.rooms.values()) goOn(turn, room);
}

function tick(turn: Turn): void {
  const { door, now } = turn;
  if (door.phase.name === 'waiting') {
    if (now >= door.phase.deadline) closeFor(turn, wireError('AUTH_FAILED', 'no token came within 5 s'));
    return;
  }
  if (door.credit.left <= 0) renew(turn, renewed(door.credit, now));
  if (door.lobby !== null) tickLobby(turn, door.lobby);
  for (const room of door.rooms.values()) tickRoom(turn, room);
}

/** When `tick` is next wanted, ms; null: never. */
export function nextTick(door: Door): number | null {
  if (door.phase.name === 'waiting') return door.phase.deadline;
  const times = [
    door.lobby === null ? null : deadlineOf(door.lobby),
    renewalOf(door.credit),
    ...[...door.rooms.values()].map(roomDeadline),
  ].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
