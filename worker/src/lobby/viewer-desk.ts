import { CLOSE, type ViewerMessage, type WireError } from '@muster/protocol';
import { type Attempt, attempted, settled } from '../audit/entry.ts';
import type { MemberClaims } from '../auth/claims.ts';
import { connectionRefusal } from '../socket/connection-limits.ts';
import type { MemberSocketHandler } from '../socket/member-socket-handler.ts';
import type { AuthMessage } from '../socket/token-message.ts';
import { actorOf, askerOf } from './asker.ts';
import type { AuditDesk } from './audit-desk.ts';
import { LOBBY } from './core/limits.ts';
import type { Asker, ConnectionId, LobbyEvent } from './core/types.ts';
import type { Peers } from './peers.ts';

export interface ViewerDeskPorts {
  readonly peers: Peers;
  readonly audit: Pick<AuditDesk, 'refused'>;
  readonly handle: (event: LobbyEvent) => void;
  readonly closed: (connection: ConnectionId) => void;
}

/** What a lobby does with its dashboards' sockets once the door has let them through. */
export class ViewerDesk implements MemberSocketHandler {
  readonly #ports: ViewerDeskPorts;

  constructor(ports: ViewerDeskPorts) {
    this.#ports = ports;
  }

  /** Let in, or renewed: told the lists as they are now, since an expired connection heard nothing. */
  handleJoin(connection: ConnectionId, claims: MemberClaims, by: AuthMessage | null): void {
    if (by !== null && this.#isFull(connection, claims)) return;
    const clientId = by?.type === 'auth' ? by.payload.clientId : undefined;
    if (clientId !== undefined)
      this.#ports.peers.change(connection, (data) => (data.kind === 'viewer' ? { ...data, clientId } : data));
    this.#ports.handle({ type: 'viewer-joined', connection });
  }

  /** X19: a socket that brought its token in a message finds no seat. One that renews it has its own. */
  #isFull(connection: ConnectionId, claims: MemberClaims): boolean {
    const { peers, closed } = this.#ports;
    const member = { id: claims.member, role: claims.role };
    const full = connectionRefusal(peers.members(connection), member, LOBBY.seats);
    if (full === null) return false;
    peers.send(connection, { type: 'error', payload: full }, Date.now());
    peers.close(connection, CLOSE.tryAgainLater, full.code);
    closed(connection);
    return true;
  }

  handleMessage(
    connection: ConnectionId,
    message: ViewerMessage,
    id: string | undefined,
    askedAt?: number,
  ): void {
    const attached = this.#ports.peers.read(connection);
    if (attached?.data.kind !== 'viewer') return;
    const { auth, data } = attached;
    // Without a token it can only say that it is there.
    const by: Asker =
      auth.state === 'member'
        ? askerOf(connection, auth.claims, data, data.subscriptions)
        : { connection, key: JSON.stringify([connection, data.clientId]), subscriptions: data.subscriptions };
    const request = { ...(id === undefined ? {} : { id }), ...(askedAt === undefined ? {} : { askedAt }) };
    this.#ports.handle({ type: 'viewer-said', by, message, ...request });
  }

  /** X8. */
  handleRefusal(connection: ConnectionId, claims: MemberClaims, attempt: Attempt, error: WireError): void {
    const data = this.#ports.peers.read(connection)?.data;
    const actor = actorOf(claims, data?.kind === 'viewer' ? data.address : null);
    this.#ports.audit.refused({ entry: settled(attempted(actor, attempt), error, Date.now()), others: 0 });
  }

  handleClose(connection: ConnectionId): void {
    this.#ports.closed(connection);
  }
}
