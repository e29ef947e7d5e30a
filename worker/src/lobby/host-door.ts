import {
  CLOSE,
  decodeRunner,
  errorRow,
  type HostId,
  type RunnerMessage,
  type TeamId,
  type WireError,
} from '@muster/protocol';
import type { HostClaims } from '../auth/claims.ts';
import { startAuth } from '../socket/auth.ts';
import type { Attached, Sockets } from '../socket/sockets.ts';
import type { LobbySocket } from './attachment.ts';
import type { ConnectionId } from './core/types.ts';

/** The sockets of runners: how they come in, and what they say once it is decoded. */
export class HostDoor {
  readonly #sockets: Sockets<LobbySocket>;
  readonly #said: (connection: ConnectionId, hostId: HostId, message: RunnerMessage) => void;

  constructor(
    sockets: Sockets<LobbySocket>,
    said: (connection: ConnectionId, hostId: HostId, message: RunnerMessage) => void,
  ) {
    this.#sockets = sockets;
    this.#said = said;
  }

  accept(claims: HostClaims, team: TeamId, now: number) {
    const connectionId = crypto.randomUUID();
    const auth = startAuth(claims, team, now);
    const attached = { connectionId, connectedAt: now, auth, data: { kind: 'host', since: null } } as const;
    return { ...this.#sockets.accept(attached, ['host']), connectionId };
  }

  said(
    socket: WebSocket,
    { auth, connectionId }: Attached<LobbySocket>,
    message: string | ArrayBuffer,
    now: number,
  ): void {
    if (auth.state !== 'host') return;
    const refuse = (error: WireError) =>
      this.#sockets.close(socket, errorRow(error.code).close ?? CLOSE.badFrame, error.message);
    const refusal = this.#sockets.refusal(socket, message, false, now);
    if (refusal !== null) return refuse(refusal.error);
    const decoded = decodeRunner(typeof message === 'string' ? message : '');
    if (decoded.ok) return this.#said(connectionId, auth.claims.hostId, decoded.value.message);
    // G4: a newer runner may say more than this lobby knows.
    const { error } = decoded.error;
    if (error.code !== 'UNSUPPORTED_TYPE') refuse(error);
  }
}
