import {
  CLOSE,
  type HostId,
  type MemberId,
  type ServerMessage,
  type ToRunnerMessage,
} from '@muster/protocol';
import { frame } from '../socket/frame.ts';
import type { Attached, HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { PendingCalls } from '../socket/pending-calls.ts';
import type { LobbyAttachment } from './attachment.ts';
import { LOBBY } from './core/limits.ts';
import type { SocketActivity } from './core/presence/index.ts';
import { type Looker, lookerOf } from './core/push/index.ts';
import type { AgentScope, ConnectionId, Lobby, OnlineHost } from './core/types.ts';
import { broadcastTo, messageForClient, visibleList } from './core/visibility/index.ts';

/** A message, and its text for all who may see all of it. */
interface SharedFrame {
  readonly message: ServerMessage;
  readonly text: string;
}

const knowsConversations = (attached: Attached<LobbyAttachment> | null): boolean =>
  attached?.data.kind === 'viewer' && attached.data.knowsConversations;

/** Everything that the core can address: open sockets, and callers over RPC that wait for an ack. */
export class LobbyConnections {
  readonly #sockets: HibernatingSockets<LobbyAttachment>;
  readonly #lobby: () => Lobby;
  readonly #open = new Map<ConnectionId, WebSocket>();
  /** Callers over RPC that wait for an ack. */
  readonly pendingCalls = new PendingCalls(LOBBY.callsPerMember);

  /** After a wake the sockets that slept are there again. */
  constructor(sockets: HibernatingSockets<LobbyAttachment>, lobby: () => Lobby) {
    this.#sockets = sockets;
    this.#lobby = lobby;
    for (const socket of sockets.all()) {
      const attached = sockets.read(socket);
      if (attached === null) sockets.close(socket, CLOSE.restart, 'of another version');
      else this.#open.set(attached.connectionId, socket);
    }
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  add(connection: ConnectionId, socket: WebSocket): void {
    this.#open.set(connection, socket);
  }

  /** False when it had left before. */
  remove(connection: ConnectionId): boolean {
    return this.#open.delete(connection);
  }

  /** X19: the member of each socket that is in, but for this one. */
  members(but?: ConnectionId): Map<ConnectionId, MemberId> {
    const members = new Map<ConnectionId, MemberId>();
    for (const connection of this.#open.keys()) {
      const auth = connection === but ? undefined : this.read(connection)?.auth;
      if (auth?.state === 'member') members.set(connection, auth.claims.member);
    }
    return members;
  }

  /** C10: the pages that say that somebody looks at an agent now. */
  lookers(now: number): Looker[] {
    return [...this.#open.keys()].flatMap((connection) => {
      const attached = this.read(connection);
      if (attached?.auth.state !== 'member' || attached.data.kind !== 'viewer') return [];
      const looker = lookerOf(connection, attached.auth.claims, attached.data.focus, now);
      return looker === null ? [] : [looker];
    });
  }

  read(connection: ConnectionId): Attached<LobbyAttachment> | null {
    const socket = this.#open.get(connection);
    return socket === undefined ? null : this.#sockets.read(socket);
  }

  send(
    to: ConnectionId,
    message: ServerMessage | ToRunnerMessage,
    now: number,
    correlationId?: string,
  ): void {
    const socket = this.#open.get(to);
    if (socket !== undefined) this.#sendTo(socket, message, now, correlationId);
    if (message.type === 'ack') this.pendingCalls.answer(to, message.payload);
  }

  /** Sends to every authenticated member what they may see of it. */
  broadcast(message: ServerMessage, about: AgentScope | readonly AgentScope[] | null, now: number): void {
    const newer = { message, text: frame(message, now) };
    const older = this.#forOlderClients(newer, now);
    for (const socket of this.#open.values()) {
      const attached = this.#sockets.read(socket);
      const shared = knowsConversations(attached) ? newer : older;
      if (attached?.auth.state !== 'member' || shared === null) continue;
      const visible = broadcastTo(this.#lobby(), attached.auth.claims, shared.message, about, now);
      if (visible === null) continue;
      this.#sockets.send(socket, visible === shared.message ? shared.text : frame(visible, now));
    }
  }

  /** C4: what clients get that know no conversations; null: nothing. */
  #forOlderClients(newer: SharedFrame, now: number): SharedFrame | null {
    const message = messageForClient(newer.message, false);
    if (message === null || message === newer.message) return message === null ? null : newer;
    return { message, text: frame(message, now) };
  }

  /** X5: sends a message, filtered to the agents that the member may see. */
  #sendTo(socket: WebSocket, message: ServerMessage | ToRunnerMessage, now: number, answers?: string): void {
    const attached = this.#sockets.read(socket);
    const limits = attached?.auth.state === 'member' ? attached.auth.claims.agents : [];
    const visible = visibleList(this.#lobby(), limits, message);
    const told = messageForClient(visible, knowsConversations(attached));
    if (told !== null) this.#sockets.send(socket, frame(told, now, answers));
  }

  close(connection: ConnectionId, code: number, reason: string): void {
    const socket = this.#open.get(connection);
    if (socket !== undefined) this.#sockets.close(socket, code, reason);
  }

  updateAttachment(connection: ConnectionId, change: (data: LobbyAttachment) => LobbyAttachment): void {
    const socket = this.#open.get(connection);
    const attached = this.read(connection);
    if (socket !== undefined && attached !== null)
      this.#sockets.attach(socket, { ...attached, data: change(attached.data) });
  }

  /** H1: each connection, and when it was last active. */
  activity(): SocketActivity[] {
    return [...this.#open].map(([connection, socket]) => ({
      connection,
      lastHeard: this.#sockets.lastSeen(socket),
    }));
  }

  /** The hosts whose sockets have sent `runner:hello`. */
  online(): OnlineHost[] {
    return [...this.#open.keys()].flatMap((connection) => {
      const attached = this.read(connection);
      if (attached?.auth.state !== 'host' || attached.data.kind !== 'host') return [];
      const { since } = attached.data;
      return since === null ? [] : [{ hostId: attached.auth.claims.hostId, connection, since }];
    });
  }

  /** X4: the sockets of a host whose proof is of a key before this revision. */
  ofHost(hostId: HostId, below: number): ConnectionId[] {
    return [...this.#open.keys()].filter((connection) => {
      const auth = this.read(connection)?.auth;
      return auth?.state === 'host' && auth.claims.hostId === hostId && auth.claims.keyRevision < below;
    });
  }
}
