import { CLOSE } from '@muster/protocol';
import type { HibernatingSockets } from '../socket/hibernating-sockets.ts';
import type { RoomSocket } from './attachment.ts';
import type { ConnectionId } from './core/types.ts';

/** A room's sockets, by the names that its core knows them by. */
export class RoomSockets {
  readonly #sockets: HibernatingSockets<RoomSocket>;
  readonly #open = new Map<ConnectionId, WebSocket>();

  constructor(sockets: HibernatingSockets<RoomSocket>) {
    this.#sockets = sockets;
  }

  /** The sockets that slept are there again. */
  restore(): void {
    for (const socket of this.#sockets.all()) {
      const attached = this.#sockets.read(socket);
      if (attached === null) this.#sockets.close(socket, CLOSE.restart);
      else this.#open.set(attached.connectionId, socket);
    }
  }

  add(connection: ConnectionId, socket: WebSocket): void {
    this.#open.set(connection, socket);
  }

  get(connection: ConnectionId): WebSocket | undefined {
    return this.#open.get(connection);
  }

  connections(): ConnectionId[] {
    return [...this.#open.keys()];
  }

  /** False: it had left before. */
  remove(connection: ConnectionId): boolean {
    return this.#open.delete(connection);
  }

  /** H1: ms since 1970; 0: it is not here. */
  lastSeen(connection: ConnectionId): number {
    const socket = this.#open.get(connection);
    return socket === undefined ? 0 : this.#sockets.lastSeen(socket);
  }

  /** False: it is not here. */
  send(connection: ConnectionId, data: string | Uint8Array): boolean {
    const socket = this.#open.get(connection);
    if (socket !== undefined) this.#sockets.send(socket, data);
    return socket !== undefined;
  }

  close(connection: ConnectionId, code: number, reason: string): void {
    const socket = this.#open.get(connection);
    if (socket !== undefined) this.#sockets.close(socket, code, reason);
  }
}
