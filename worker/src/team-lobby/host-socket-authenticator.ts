import {
  type AuditEntry,
  CLOSE,
  decodeRunner,
  errorRow,
  type HostId,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type AuditDraft, completeEntry } from '../audit/entry.ts';
import type { HostClaims } from '../auth/claims.ts';
import type { EnrolmentCode, HostEnrolment, HostKey } from '../rpc.ts';
import { initialAuth } from '../socket/auth.ts';
import type { Attached, HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { closedSocket, refuseSocket } from '../socket/refuse.ts';
import type { LobbyAttachment } from './attachment.ts';
import type { AuditService } from './audit-service.ts';
import { deleteRefusal, enrolRefusal, tokenRefusal } from './core/hosts/index.ts';
import type { Lobby, LobbyEvent } from './core/types.ts';

/** Remembers which one-time codes were used. */
interface OneTimeCodes {
  spend(code: string, expiresAt: number, now: number): boolean;
}

interface Ports {
  readonly sockets: HibernatingSockets<LobbyAttachment>;
  readonly lobby: Lobby;
  readonly codes: OneTimeCodes;
  readonly audit: Pick<AuditService, 'audit' | 'auditRefusal'>;
  readonly handle: (event: LobbyEvent) => void;
}

/** Enrols hosts and keeps their keys (X4), admits their runners' sockets, and decodes runner messages. */
export class HostSocketAuthenticator {
  readonly #sockets: HibernatingSockets<LobbyAttachment>;
  readonly #lobby: Lobby;
  readonly #codes: OneTimeCodes;
  readonly #audit: Ports['audit'];
  readonly #handle: (event: LobbyEvent) => void;

  constructor({ sockets, lobby, codes, audit, handle }: Ports) {
    this.#sockets = sockets;
    this.#lobby = lobby;
    this.#codes = codes;
    this.#audit = audit;
    this.#handle = handle;
  }

  /** Spends the code only where the host may come in. `isGood`: the code's maker may still make such codes. */
  enrol(host: HostEnrolment, code: EnrolmentCode, isGood: boolean, audit?: AuditDraft): WireError | null {
    return this.#carryOut(this.#enrolRefusal(host, code, isGood), audit, (entry) =>
      this.#handle({ type: 'host-enrolled', ...host, ...entry }),
    );
  }

  #enrolRefusal(host: HostEnrolment, code: EnrolmentCode, isGood: boolean): WireError | null {
    if (!isGood)
      return wireError('AUTH_FAILED', 'The admin who made this token is no longer an admin of every agent');
    const refusal = enrolRefusal(this.#lobby, host, code);
    if (refusal !== null) return refusal;
    const isFirst = this.#codes.spend(code.id, code.expiresAt, Date.now());
    return isFirst ? null : wireError('AUTH_FAILED', 'This token was used before; make a new one');
  }

  /** X15: whether a token may be made for this host; null: for a new one. */
  checkToken(hostId: HostId | null, replaces: boolean, audit: AuditDraft): WireError | null {
    const refusal = hostId === null ? null : tokenRefusal(this.#lobby, hostId, replaces);
    return this.#carryOut(refusal, audit, ({ audit: entry }) => {
      if (entry !== undefined) this.#audit.audit(entry);
    });
  }

  /** X8: the act and its entry are one transaction; a refusal has an entry too, or is counted. */
  #carryOut(
    refusal: WireError | null,
    audit: AuditDraft | undefined,
    act: (entry: { readonly audit?: AuditEntry }) => void,
  ): WireError | null {
    const entry = audit === undefined ? undefined : completeEntry(audit, refusal ?? undefined, Date.now());
    if (refusal === null) act(entry === undefined ? {} : { audit: entry });
    else if (entry !== undefined) this.#audit.auditRefusal({ entry, others: 0 });
    return refusal;
  }

  key(hostId: HostId): HostKey | null {
    const key = this.#lobby.hosts.get(hostId)?.key;
    if (key === undefined) return null;
    const { publicKey, revision, revokedAt } = key;
    return { publicKey, revision, revoked: revokedAt !== null };
  }

  revoke(hostId: HostId, audit?: AuditDraft): WireError | null {
    const isKnown = this.#lobby.hosts.has(hostId);
    const refusal = isKnown ? null : wireError('INVALID_STATE', 'There is no such host');
    return this.#carryOut(refusal, audit, (entry) =>
      this.#handle({ type: 'host-revoked', hostId, ...entry }),
    );
  }

  delete(hostId: HostId, audit?: AuditDraft): WireError | null {
    const refusal = deleteRefusal(this.#lobby, hostId);
    return this.#carryOut(refusal, audit, (entry) =>
      this.#handle({ type: 'host-deleted', hostId, ...entry }),
    );
  }

  /** X4: the proof was checked before: whether its key is still good is known here only. */
  accept(claims: HostClaims, now: number) {
    const connectionId = crypto.randomUUID();
    const key = this.key(claims.hostId);
    const refused = (response: Response) => ({ response, socket: null, connectionId });
    if (key === null) return refused(refuseSocket(wireError('AUTH_FAILED', 'there is no such host')));
    if (key.revoked) return refused(closedSocket(CLOSE.revoked, 'this host was revoked'));
    if (claims.keyRevision < key.revision) return refused(closedSocket(CLOSE.restart, 'a new key'));
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
