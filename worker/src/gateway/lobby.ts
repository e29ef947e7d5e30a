import type { ServerMessage, ViewerMessage } from '@muster/protocol';
import {
  clientIdOf,
  dial,
  handleLost,
  handleOpened,
  isAuthError,
  newLink,
  sendRequest,
  stepLinkRequests,
  tickLink,
} from './links.ts';
import { closeClient, closeWithError, sendToClient } from './replies.ts';
import { addRoom, removeRoom, syncRooms } from './rooms.ts';
import type { Link, UnitOfWork } from './types.ts';

export const LOBBY_KEY = 'lobby';

export function dialLobby(turn: UnitOfWork): void {
  const lobby = newLink(LOBBY_KEY, turn.now);
  turn.door.lobby = lobby;
  dial(turn, lobby, { type: 'lobby' });
}

export function handleLobbyMessage(
  turn: UnitOfWork,
  lobby: Link,
  message: ServerMessage,
  id: string | undefined,
): void {
  const { door } = turn;
  switch (message.type) {
    case 'connection:ack':
      handleOpened(turn, lobby);
      // A link that was dialled again is nothing the client needs to know.
      if (door.welcome === null) sendToClient(turn, message);
      door.welcome = message.payload;
      return;
    case 'agent:list':
      sendToClient(turn, message);
      syncRooms(turn, message.payload.agents, door.agentList === null);
      door.agentList = message.payload;
      return;
    case 'agent:status': {
      const { agent } = message.payload;
      sendToClient(turn, message);
      const room = door.rooms.get(agent.agentId);
      if (room !== undefined && room.agentUid !== agent.agentUid) removeRoom(turn, agent.agentId);
      if (!door.rooms.has(agent.agentId)) addRoom(turn, agent, false);
      return;
    }
    case 'agent:deleted':
      sendToClient(turn, message);
      if (door.rooms.get(message.payload.agentId)?.agentUid === message.payload.agentUid)
        removeRoom(turn, message.payload.agentId);
      return;
    case 'member:changed':
      // A dialect's client knows no such message; who says again that it is here hears it (X5).
      if (door.welcome !== null) door.welcome = { ...door.welcome, member: message.payload };
      return;
    case 'ack':
      return stepLinkRequests(turn, lobby, { type: 'ack', ack: message.payload });
    case 'error':
      // What answers a request is told with its ack.
      if (id !== undefined && lobby.requestIds.has(id)) return;
      lobby.error = message.payload;
      // Why the link ends is told when it does.
      if (!isAuthError(message.payload)) sendToClient(turn, message);
      return;
    case 'heartbeat':
    case 'pong':
      return;
    default:
      sendToClient(turn, message, clientIdOf(id));
  }
}

export const sendToLobby = (
  turn: UnitOfWork,
  lobby: Link,
  message: ViewerMessage,
  id: string | undefined,
): void => sendRequest(turn, lobby, message, id);

/** A lobby that does not want this viewer ends the client: there is nothing it could be shown. */
export function handleLobbyLost(turn: UnitOfWork, lobby: Link, code: number): void {
  handleLost(turn, lobby, code);
  if (lobby.state.name !== 'refused') return;
  if (lobby.error !== null) closeWithError(turn, lobby.error);
  else closeClient(turn, code, 'refused');
}

export const tickLobby = (turn: UnitOfWork, lobby: Link): void => tickLink(turn, lobby, { type: 'lobby' });
