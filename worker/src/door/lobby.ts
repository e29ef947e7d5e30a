import type { ServerMessage, ViewerMessage } from '@muster/protocol';
import { ask, clientIdOf, dial, isAuthError, lost, newLink, opened, stepOf, tickOf } from './links.ts';
import { addRoom, removeRoom, syncRooms } from './rooms.ts';
import { close, closeFor, say } from './say.ts';
import type { Link, Turn } from './types.ts';

export const LOBBY_KEY = 'lobby';

export function dialLobby(turn: Turn): void {
  const lobby = newLink(LOBBY_KEY, turn.now);
  turn.door.lobby = lobby;
  dial(turn, lobby, { type: 'lobby' });
}

export function lobbyText(turn: Turn, lobby: Link, message: ServerMessage, id: string | undefined): void {
  const { door } = turn;
  switch (message.type) {
    case 'connection:ack':
      opened(turn, lobby);
      // A link that was dialled again is nothing the client needs to know.
      if (door.welcome === null) say(turn, message);
      door.welcome = message.payload;
      return;
    case 'agent:list':
      say(turn, message);
      syncRooms(turn, message.payload.agents, door.list === null);
      door.list = message.payload;
      return;
    case 'agent:status': {
      const { agent } = message.payload;
      say(turn, message);
      const room = door.rooms.get(agent.agentId);
      if (room !== undefined && room.agentUid !== agent.agentUid) removeRoom(turn, agent.agentId);
      if (!door.rooms.has(agent.agentId)) addRoom(turn, agent, false);
      return;
    }
    case 'agent:deleted':
      say(turn, message);
      if (door.rooms.get(message.payload.agentId)?.agentUid === message.payload.agentUid)
        removeRoom(turn, message.payload.agentId);
      return;
    case 'member:changed':
      // A dialect's client knows no such message; who says again that it is here hears it (X5).
      if (door.welcome !== null) door.welcome = { ...door.welcome, member: message.payload };
      return;
    case 'ack':
      return stepOf(turn, lobby, { type: 'ack', ack: message.payload });
    case 'error':
      // What answers a request is told with its ack.
      if (id !== undefined && lobby.asked.has(id)) return;
      lobby.error = message.payload;
      // Why the link ends is told when it does.
      if (!isAuthError(message.payload)) say(turn, message);
      return;
    case 'heartbeat':
    case 'pong':
      return;
    default:
      say(turn, message, clientIdOf(id));
  }
}

export const askLobby = (turn: Turn, lobby: Link, message: ViewerMessage, id: string | undefined): void =>
  ask(turn, lobby, message, id);

/** A lobby that does not want this viewer ends the client: there is nothing it could be shown. */
export function lobbyLost(turn: Turn, lobby: Link, code: number): void {
  lost(turn, lobby, code);
  if (lobby.state.name !== 'refused') return;
  if (lobby.error !== null) closeFor(turn, lobby.error);
  else close(turn, code, 'refused');
}

export const tickLobby = (turn: Turn, lobby: Link): void => tickOf(turn, lobby, { type: 'lobby' });
