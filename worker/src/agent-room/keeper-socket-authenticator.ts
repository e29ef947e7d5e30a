import { batchBytes, CLOSE, decodeKeeper, type HostId, readBatch, wireError } from '@muster/protocol';
import type { Claims } from '../auth/claims.ts';
import { initialAuth } from '../socket/auth.ts';
import type { Attached, HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { closedSocket, refuseSocket } from '../socket/refuse.ts';
import { closeOfKey } from './core/keeper/index.ts';
import type { RestoredKeeper } from './core/state.ts';
import type { ConnectionId, Durable, KeeperAttachment, RoomEvent } from './core/types.ts';
import type { RoomSocket } from './sockets.ts';

export type AcceptedKeeper =
  | { readonly socket: WebSocket; readonly connectionId: ConnectionId; readonly response: Response }
  | { readonly socket: null; readonly response: Response };

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

  /**
   * X4: a host speaks for its own agents only; another host's keeper is of an older start (N2). Its proof was good
   * when it was checked; the key may have been revoked or replaced since.
   */
  accept(claims: Claims | null, durable: Durable, now: number): AcceptedKeeper {
    if (claims?.kind !== 'host') {
      return { socket: null, response: refuseSocket(wireError('AUTH_FAILED', 'a host is needed')) };
    }
    if (claims.hostId !== durable.placement.spec.hostId) {
      const response = closedSocket(CLOSE.superseded, 'this agent is placed on another host');
      return { socket: null, response };
    }
    if (claims.keyRevision < durable.host.keyRevision) {
      const { code, reason } = closeOfKey(durable.host);
      return { socket: null, response: closedSocket(code, reason) };
    }
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
