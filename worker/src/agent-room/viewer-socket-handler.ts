import type { InputFrame, ViewerMessage, WireError } from '@muster/protocol';
import type { Attempt } from '../audit/entry.ts';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import { unauthenticatedRefusal } from '../socket/connection-limits.ts';
import type { MemberSocketHandler } from '../socket/member-socket-handler.ts';
import type { AuthMessage } from '../socket/token-message.ts';
import type { RoomState } from './core/state.ts';
import type { ConnectionId, Member, RoomEvent } from './core/types.ts';
import { admissionRefusal } from './core/viewers/index.ts';
import type { RoomSockets } from './sockets.ts';

export interface ViewerSocketPorts {
  readonly sockets: RoomSockets;
  readonly room: () => RoomState;
  readonly apply: (event: RoomEvent) => void;
  /** X8. */
  readonly refused: (member: Member, attempt: Attempt, error: WireError) => void;
  readonly disconnected: (connection: ConnectionId) => void;
}

/** Passes what authenticated viewer sockets send to the core. */
export class ViewerSocketHandler implements MemberSocketHandler {
  readonly #ports: ViewerSocketPorts;

  constructor(ports: ViewerSocketPorts) {
    this.#ports = ports;
  }

  /**
   * X19: why one more socket is refused; null: it is admitted. A socket without claims is judged when it brings its token.
   * `waiting`: how many do so now.
   */
  refusal(claims: Claims | null, waiting: number): WireError | null {
    const { room, apply } = this.#ports;
    if (claims?.kind !== 'member') return unauthenticatedRefusal(waiting);
    const member = { id: claims.member, role: claims.role };
    if (admissionRefusal(room(), member) === null) return null;
    apply({ type: 'admission-requested', member });
    return admissionRefusal(room(), member);
  }

  handleJoin(connection: ConnectionId, claims: MemberClaims, by: AuthMessage | null): void {
    const member = this.#member(connection, claims, by);
    this.#ports.apply({ type: 'viewer-joined', connection, member });
  }

  handleRenewal(connection: ConnectionId, claims: MemberClaims, by: AuthMessage | null): void {
    const member = this.#member(connection, claims, by);
    this.#ports.apply({ type: 'member-renewed', connection, member });
  }

  #member(connection: ConnectionId, claims: MemberClaims, by: AuthMessage | null): Member {
    const { sockets } = this.#ports;
    if (by?.type === 'auth' && by.payload.clientId !== undefined)
      sockets.setClient(connection, by.payload.clientId);
    return sockets.member(connection, claims);
  }

  handleMessage(
    connection: ConnectionId,
    message: ViewerMessage,
    id: string | undefined,
    askedAt?: number,
  ): void {
    const request = { ...(id === undefined ? {} : { id }), ...(askedAt === undefined ? {} : { askedAt }) };
    this.#ports.apply({ type: 'viewer-message', connection, message, ...request });
  }

  handleInputFrame(connection: ConnectionId, frame: InputFrame, bytes: Uint8Array): void {
    this.#ports.apply({ type: 'viewer-input', connection, frame, bytes });
  }

  handleRefusal(connection: ConnectionId, claims: MemberClaims, attempt: Attempt, error: WireError): void {
    this.#ports.refused(this.#ports.sockets.member(connection, claims), attempt, error);
  }

  handleClose(connection: ConnectionId): void {
    this.#ports.disconnected(connection);
  }
}
