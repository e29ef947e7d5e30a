import { CLOSE, decodeRunner, errorRow, type WireError } from '@muster/protocol';
import type { HostClaims } from '../auth/claims.ts';
import { initialAuth } from '../socket/auth.ts';
import type { Attached, HibernatingSockets } from '../socket/hibernating-sockets.ts';
import type { AcceptedSocket } from '../socket/member-socket-handler.ts';
import type { LobbyAttachment } from './attachment.ts';
import type { Lobby, LobbyEvent } from './core/types.ts';

interface Ports {
  readonly sockets: HibernatingSockets<LobbyAttachment>;
  readonly lobby: Lobby;
  readonly handle: (event: LobbyEvent) => void;
}

/** The sockets of runners (X4): accepting them, and their messages. */
export class HostSocketAuthenticator {
  readonly #sockets: HibernatingSockets<LobbyAttachment>;
  readonly #lobby: Lobby;
  readonly #handle: (event: LobbyEvent) => void;

  constructor({ sockets, lobby, handle }: Ports) {
    this.#sockets = sockets;
    this.#lobby = lobby;
    this.#handle = handle;
  }

  accept(claims: HostClaims, now: number): AcceptedSocket {
    const connectionId = crypto.randomUUID();
    const auth = initialAuth(claims, this.#lobby.team, now);
    const attached = { connectionId, connectedAt: now, auth, data: { kind: 'host', since: null } } as const;
    return { ...this.#sockets.accept(attached, ['host']), connectionId };
  }

  handleMessage(
    socket: WebSocket,
    { auth, connectionId }: Attached<LobbyAttachment>,
    message: string | ArrayBuffer,
    now: number,
  ): void {
    if (auth.state !== 'host') return;
    const refuse = (error: WireError) =>
      this.#sockets.close(socket, errorRow(error.code).close ?? CLOSE.badFrame, error.message);
    const refusal = this.#sockets.refusal(socket, message, false, now);
    if (refusal !== null) return refuse(refusal.error);
    const decoded = decodeRunner(typeof message === 'string' ? message : '');
    const { hostId } = auth.claims;
    if (decoded.ok) {
      const { message } = decoded.value;
      return this.#handle({ type: 'host-message', connection: connectionId, hostId, message });
    }
    // G6: a newer runner may send messages that this version does not know.
    const { error } = decoded.error;
    if (error.code !== 'UNSUPPORTED_TYPE') refuse(error);
  }
}
