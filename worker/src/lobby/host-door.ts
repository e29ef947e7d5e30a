import { CLOSE, decodeRunner, errorRow, type HostId, type WireError, wireError } from '@muster/protocol';
import type { HostClaims } from '../auth/claims.ts';
import type { EnrolmentCode, HostEnrolment, HostKey } from '../rpc.ts';
import { startAuth } from '../socket/auth.ts';
import { closedSocket, refuseSocket } from '../socket/refuse.ts';
import type { Attached, Sockets } from '../socket/sockets.ts';
import type { LobbySocket } from './attachment.ts';
import { enrolRefusal, removeRefusal } from './core/host-keys.ts';
import type { Lobby, LobbyEvent } from './core/types.ts';

/** Remembers which one-time codes were used. */
interface Codes {
  spend(code: string, expiresAt: number, now: number): boolean;
}

/** Hosts: which there are and by what keys (X4), how their runners come in, and what these say once it is decoded. */
export class HostDoor {
  readonly #sockets: Sockets<LobbySocket>;
  readonly #lobby: Lobby;
  readonly #codes: Codes;
  readonly #handle: (event: LobbyEvent) => void;

  constructor(
    sockets: Sockets<LobbySocket>,
    lobby: Lobby,
    codes: Codes,
    handle: (event: LobbyEvent) => void,
  ) {
    this.#sockets = sockets;
    this.#lobby = lobby;
    this.#codes = codes;
    this.#handle = handle;
  }

  /** The code is spent only where the host may come in. */
  enrol(host: HostEnrolment, code: EnrolmentCode, isGood: boolean): WireError | null {
    const refusal = enrolRefusal(this.#lobby, host);
    if (refusal !== null) return refusal;
    if (!isGood)
      return wireError('AUTH_FAILED', 'The admin who made this token is no longer an admin of every agent');
    if (!this.#codes.spend(code.id, code.expiresAt, Date.now()))
      return wireError('AUTH_FAILED', 'This token was used before; make a new one');
    this.#handle({ type: 'enrolled', ...host });
    return null;
  }

  key(hostId: HostId): HostKey | null {
    const key = this.#lobby.hosts.get(hostId)?.key;
    if (key === undefined) return null;
    const { publicKey, revision, revokedAt } = key;
    return { publicKey, revision, revoked: revokedAt !== null };
  }

  revoke(hostId: HostId): WireError | null {
    if (!this.#lobby.hosts.has(hostId)) return wireError('INVALID_STATE', 'There is no such host');
    this.#handle({ type: 'revoked', hostId });
    return null;
  }

  remove(hostId: HostId): WireError | null {
    const refusal = removeRefusal(this.#lobby, hostId);
    if (refusal === null) this.#handle({ type: 'host-removed', hostId });
    return refusal;
  }

  /** X4: the proof was checked before: whether its key is still good is known here only. */
  accept(claims: HostClaims, now: number) {
    const connectionId = crypto.randomUUID();
    const key = this.key(claims.hostId);
    const refused = (response: Response) => ({ response, socket: null, connectionId });
    if (key === null) return refused(refuseSocket(wireError('AUTH_FAILED', 'there is no such host')));
    if (key.revoked) return refused(closedSocket(CLOSE.revoked, 'this host was revoked'));
    if (claims.keyRevision < key.revision) return refused(closedSocket(CLOSE.restart, 'a new key'));
    const auth = startAuth(claims, this.#lobby.team, now);
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
    const { hostId } = auth.claims;
    if (decoded.ok) {
      const { message } = decoded.value;
      return this.#handle({ type: 'host-said', connection: connectionId, hostId, message });
    }
    // G4: a newer runner may say more than this lobby knows.
    const { error } = decoded.error;
    if (error.code !== 'UNSUPPORTED_TYPE') refuse(error);
  }
}
