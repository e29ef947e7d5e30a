import { decodeServer, wireError } from '@muster/protocol';
import { fullBucket } from '../socket/bucket.ts';
import { earliest, earliestOf } from '../socket/deadlines.ts';
import { SOCKET } from '../socket/limits.ts';
import { COMMAND_RATE, handleVerified, openGateway, RATE } from './client.ts';
import { creditDeadline, newCredit, renewCredit } from './credit.ts';
import { releaseHeld, takeClientText } from './held-texts.ts';
import { deadlineOf, recordActivity, tickLink } from './links.ts';
import { handleLobbyLost, handleLobbyMessage, LOBBY_KEY } from './lobby.ts';
import { closeGateway, closeWithError } from './replies.ts';
import {
  handleRoomBytes,
  handleRoomLost,
  handleRoomMessage,
  roomDeadline,
  setCredit,
  tickRoom,
} from './rooms.ts';
import type { Context, Effect, Gateway, GatewayEvent, LinkKey, RoomLink, UnitOfWork } from './types.ts';

export function newGateway(now: number): Gateway {
  return {
    phase: { name: 'closed' },
    held: null,
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
export function handle(gateway: Gateway, event: GatewayEvent, context: Context): readonly Effect[] {
  const { now } = context;
  const work: UnitOfWork = {
    now,
    random: () => context.random(),
    freshId: () => context.freshId(),
    gateway,
    out: [],
  };
  if (event.type === 'start') start(work, event);
  else if (gateway.phase.name !== 'closed') handleEvent(work, event);
  return work.out;
}

function start(work: UnitOfWork, { team, claims }: GatewayEvent & { type: 'start' }): void {
  work.gateway.clientId = work.freshId();
  if (claims !== null) return openGateway(work, claims);
  work.gateway.phase = { name: 'waiting', team, deadline: work.now + SOCKET.authDeadline };
}

function handleEvent(work: UnitOfWork, event: Exclude<GatewayEvent, { type: 'start' }>): void {
  const { gateway } = work;
  switch (event.type) {
    case 'client':
      return takeClientText(work, event.text);
    case 'verified':
      handleVerified(work, event);
      return releaseHeld(work);
    case 'text':
      return handleLinkText(work, event.key, event.text);
    case 'bytes': {
      const room = roomOf(gateway, event.key);
      if (room !== null) handleRoomBytes(work, room, event);
      return;
    }
    case 'lost': {
      const room = roomOf(gateway, event.key);
      if (room !== null) handleRoomLost(work, room, event.code);
      else if (event.key === LOBBY_KEY && gateway.lobby !== null)
        handleLobbyLost(work, gateway.lobby, event.code);
      return;
    }
    case 'tick':
      return handleTick(work);
    case 'disconnected':
      return closeGateway(work);
  }
}

function roomOf(gateway: Gateway, key: LinkKey): RoomLink | null {
  for (const room of gateway.rooms.values()) if (room.key === key) return room;
  return null;
}

function handleLinkText(work: UnitOfWork, key: LinkKey, text: string): void {
  const { gateway } = work;
  const room = roomOf(gateway, key);
  const link = room ?? (key === LOBBY_KEY ? gateway.lobby : null);
  if (link === null) return;
  // Any text is a sign of life; a bare `pong` is nothing more.
  recordActivity(work, link);
  const decoded = text === 'pong' ? null : decodeServer(text);
  if (decoded?.ok !== true) return;
  const { message, metadata } = decoded.value;
  if (room !== null) handleRoomMessage(work, room, message, metadata?.correlationId);
  else handleLobbyMessage(work, link, message, metadata?.correlationId);
}

function handleTick(work: UnitOfWork): void {
  const { gateway, now } = work;
  if (gateway.phase.name === 'waiting') {
    if (now >= gateway.phase.deadline)
      closeWithError(work, wireError('AUTH_FAILED', 'no token came within 5 s'));
    return;
  }
  if (gateway.credit.left <= 0) setCredit(work, renewCredit(gateway.credit, now));
  if (gateway.lobby !== null) tickLink(work, gateway.lobby);
  for (const room of gateway.rooms.values()) tickRoom(work, room);
}

/** When `tick` is next wanted, ms; null: never. */
export function nextTick(gateway: Gateway): number | null {
  if (gateway.phase.name === 'waiting') return gateway.phase.deadline;
  return earliest([
    gateway.lobby === null ? null : deadlineOf(gateway.lobby),
    creditDeadline(gateway.credit),
    earliestOf(gateway.rooms.values(), roomDeadline),
  ]);
}
