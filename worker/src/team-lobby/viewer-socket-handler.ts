import type { ViewerMessage, WireError } from '@muster/protocol';
import { type Attempt, completeEntry, draftOfAttempt } from '../audit/entry.ts';
import type { MemberClaims } from '../auth/claims.ts';
import type { MemberSocketHandler } from '../socket/member-socket-handler.ts';
import type { AuthMessage } from '../socket/token-message.ts';
import type { AuditService } from './audit-service.ts';
import type { LobbyConnections } from './connections.ts';
import type { ConnectionId, LobbyEvent, Requester } from './core/types.ts';
import { actorOf, requesterOf } from './requester.ts';

export interface ViewerSocketPorts {
  readonly connections: LobbyConnections;
  readonly audit: Pick<AuditService, 'auditRefusal'>;
  readonly handle: (event: LobbyEvent) => void;
  readonly closed: (connection: ConnectionId) => void;
}

/** Handles authenticated dashboard sockets. */
export class ViewerSocketHandler implements MemberSocketHandler {
  readonly #ports: ViewerSocketPorts;

  constructor(ports: ViewerSocketPorts) {
    this.#ports = ports;
  }

  handleJoin(connection: ConnectionId, claims: MemberClaims, by: AuthMessage | null): void {
    const { connections, handle } = this.#ports;
    this.#nameClient(connection, by);
    if (by === null) return handle({ type: 'viewer-joined', connection });
    const taken = [...connections.members(connection).values()];
    const admission = { id: claims.member, role: claims.role, taken };
    handle({ type: 'viewer-joined', connection, admission });
  }

  handleRenewal(connection: ConnectionId, _: MemberClaims, by: AuthMessage | null): void {
    this.#nameClient(connection, by);
    this.#ports.handle({ type: 'member-renewed', connection });
  }

  /** I1: the client's own name for itself. */
  #nameClient(connection: ConnectionId, by: AuthMessage | null): void {
    const clientId = by?.type === 'auth' ? by.payload.clientId : undefined;
    if (clientId !== undefined)
      this.#ports.connections.updateAttachment(connection, (data) =>
        data.kind === 'viewer' ? { ...data, clientId } : data,
      );
  }

  handleMessage(
    connection: ConnectionId,
    message: ViewerMessage,
    id: string | undefined,
    askedAt?: number,
  ): void {
    const attached = this.#ports.connections.read(connection);
    if (attached?.data.kind !== 'viewer') return;
    const { auth, data } = attached;
    // Without a token the client can only send heartbeats.
    const by: Requester =
      auth.state === 'member'
        ? requesterOf(connection, auth.claims, data, data.subscriptions)
        : { connection, key: JSON.stringify([connection, data.clientId]), subscriptions: data.subscriptions };
    const request = { ...(id === undefined ? {} : { id }), ...(askedAt === undefined ? {} : { askedAt }) };
    this.#ports.handle({ type: 'viewer-message', by, message, ...request });
  }

  /** X8. */
  handleRefusal(connection: ConnectionId, claims: MemberClaims, attempt: Attempt, error: WireError): void {
    const data = this.#ports.connections.read(connection)?.data;
    const actor = actorOf(claims, data?.kind === 'viewer' ? data.address : null);
    this.#ports.audit.auditRefusal({
      entry: completeEntry(draftOfAttempt(actor, attempt), error, Date.now()),
      others: 0,
    });
  }

  handleClose(connection: ConnectionId): void {
    this.#ports.closed(connection);
  }
}
