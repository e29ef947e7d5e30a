import { batchBytes, decodeKeeper, type HostId, readBatch } from '@muster/protocol';
import type { HostClaims } from '../auth/claims.ts';
import { initialAuth } from '../socket/auth.ts';
import type { Attached, HibernatingSockets } from '../socket/hibernating-sockets.ts';
import type { AcceptedSocket } from '../socket/member-socket-handler.ts';
import type { RestoredKeeper } from './core/state.ts';
import type { ConnectionId, KeeperAttachment, RoomEvent } from './core/types.ts';
import type { RoomSocket } from './sockets.ts';

/** The platform's own code for data that does not fit the protocol; the keeper comes back. */
const INVALID_DATA = 1007;

/** Authenticates keeper sockets (X4) and turns their messages into events. */
export class KeeperSocketAuthenticator {
  readonly #sockets: HibernatingSockets<RoomSocket>;
  readonly #apply: (event: RoomEvent) => void;

  constructor(sockets: HibernatingSockets<RoomSocket>, apply: (event: RoomEvent) => void) {
    this.#sockets = sockets;
    this.#apply = apply;
  }

  /** The keeper whose socket survived hibernation: the newest that has sent its hello (N2). */
  restoredKeeper(): RestoredKeeper | null {
    let newest: Attached<RoomSocket> | null = null;
    for (const socket of this.#sockets.all('keeper')) {
      const attached = this.#sockets.read(socket);
      if (attached?.data.role !== 'keeper' || attached.data.hello === null) continue;
      if (newest === null || attached.connectedAt > newest.connectedAt) newest = attached;
    }
    if (newest?.data.role !== 'keeper' || newest.data.hello === null) return null;
    const { takesFrames, endsInput, ahead } = newest.data.hello;
    return { connection: newest.connectionId, takesFrames, endsInput, ahead };
  }

  accept(claims: HostClaims, now: number): AcceptedSocket {
    const connectionId = crypto.randomUUID();
    const auth = initialAuth(claims, claims.team, now);
    const attached = { connectionId, connectedAt: now, auth, data: { role: 'keeper' as const, hello: null } };
    const { response, socket } = this.#sockets.accept(attached, ['keeper']);
    return { socket, connectionId, response };
  }

  /** X4: the sockets of this host's keepers whose proof is of a key before this revision. */
  ofHost(hostId: HostId, below: number): ConnectionId[] {
    return this.#sockets.all('keeper').flatMap((socket) => {
      const attached = this.#sockets.read(socket);
      if (attached?.auth.state !== 'host') return [];
      const { claims } = attached.auth;
      return claims.hostId === hostId && claims.keyRevision < below ? [attached.connectionId] : [];
    });
  }

  attach(socket: WebSocket | undefined, hello: KeeperAttachment): void {
    const attached = socket === undefined ? null : this.#sockets.read(socket);
    if (socket === undefined || attached === null) return;
    this.#sockets.attach(socket, { ...attached, data: { role: 'keeper', hello } });
  }

  handleMessage(
    socket: WebSocket,
    attached: Attached<RoomSocket>,
    message: string | ArrayBuffer,
    now: number,
  ): void {
    const connection = attached.connectionId;
    const refusal = this.#sockets.refusal(socket, message, false, now);
    if (refusal !== null)
      return this.#sockets.close(socket, refusal.close ?? INVALID_DATA, refusal.error.message);
    if (typeof message !== 'string') return this.#handleBatches(socket, connection, new Uint8Array(message));
    const decoded = decodeKeeper(message);
    if (decoded.ok)
      return this.#apply({ type: 'keeper-message', connection, message: decoded.value.message });
    // G6: a newer keeper may send types that this room does not know.
    if (decoded.error.error.code === 'UNSUPPORTED_TYPE') return;
    this.#sockets.close(socket, INVALID_DATA, decoded.error.error.message);
  }

  #handleBatches(socket: WebSocket, connection: ConnectionId, bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      const header = readBatch(bytes, offset);
      if (!header.ok) return this.#sockets.close(socket, INVALID_DATA, header.error.message);
      const batch = batchBytes(bytes, header.value);
      this.#apply({ type: 'batch', connection, header: { ...header.value, offset: 0 }, bytes: batch });
      offset += header.value.length;
    }
  }
}
