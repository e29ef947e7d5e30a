import type { ServerMessage, ViewerMessage } from '@muster/protocol';
import {
  clientIdOf,
  handleLost,
  handleOpened,
  isAuthError,
  isRefused,
  newLink,
  sendRequest,
  stepConnection,
  stepLinkRequests,
} from './links.ts';
import { closeClient, closeWithError, sendToClient } from './replies.ts';
import { addRoom, removeRoom, syncRooms } from './rooms.ts';
import type { Link, UnitOfWork } from './types.ts';

export const LOBBY_KEY = 'lobby';

export function dialLobby(work: UnitOfWork): void {
  const lobby = newLink(LOBBY_KEY, { type: 'lobby' });
  work.gateway.lobby = lobby;
  stepConnection(work, lobby, { type: 'start' });
}

export function handleLobbyMessage(
  work: UnitOfWork,
  lobby: Link,
  message: ServerMessage,
  id: string | undefined,
): void {
  const { gateway } = work;
  switch (message.type) {
    case 'connection:ack':
      handleOpened(work, lobby);
      // A link that was dialled again is nothing the client needs to know.
      if (gateway.welcome === null) sendToClient(work, message);
      gateway.welcome = message.payload;
      return;
    case 'agent:list':
      sendToClient(work, message);
      syncRooms(work, message.payload.agents, gateway.agentList === null);
      gateway.agentList = message.payload;
      return;
    case 'agent:status': {
      const { agent } = message.payload;
      sendToClient(work, message);
      const room = gateway.rooms.get(agent.agentId);
      if (room !== undefined && room.agentUid !== agent.agentUid) removeRoom(work, agent.agentId);
      if (!gateway.rooms.has(agent.agentId)) addRoom(work, agent, false);
      return;
    }
    case 'agent:deleted':
      sendToClient(work, message);
      if (gateway.rooms.get(message.payload.agentId)?.agentUid === message.payload.agentUid)
        removeRoom(work, message.payload.agentId);
      return;
    case 'member:changed':
      // Dialects have no such message; a client that sends `dashboard:connect` again receives it (X5).
      if (gateway.welcome !== null) gateway.welcome = { ...gateway.welcome, member: message.payload };
      return;
    case 'ack':
      return stepLinkRequests(work, lobby, { type: 'ack', ack: message.payload });
    case 'error':
      // An error that answers a request goes out with its ack.
      if (id !== undefined && lobby.requestIds.has(id)) return;
      lobby.error = message.payload;
      // The reason of a close goes out when the link closes.
      if (!isAuthError(message.payload)) sendToClient(work, message);
      return;
    // C7: dialects know no conversations.
    case 'inbox:list':
    case 'inbox:changed':
    case 'heartbeat':
    case 'pong':
      return;
    default:
      sendToClient(work, message, clientIdOf(id));
  }
}

export const sendToLobby = (
  work: UnitOfWork,
  lobby: Link,
  message: ViewerMessage,
  id: string | undefined,
): void => sendRequest(work, lobby, message, id);

/** A lobby that does not want this viewer ends the client: there is nothing it could be shown. */
export function handleLobbyLost(work: UnitOfWork, lobby: Link, code: number): void {
  handleLost(work, lobby, code);
  if (!isRefused(lobby)) return;
  if (lobby.error !== null) closeWithError(work, lobby.error);
  else closeClient(work, code, 'refused');
}
