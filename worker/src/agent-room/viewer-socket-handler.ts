import type { InputFrame, ViewerMessage, WireError } from '@muster/protocol';
import type { Attempt } from '../audit/entry.ts';
import type { MemberClaims } from '../auth/claims.ts';
import type { MemberSocketHandler } from '../socket/member-socket-handler.ts';
import type { AuthMessage } from '../socket/token-message.ts';
import type { ConnectionId, Member, RoomEvent } from './core/types.ts';
import type { RoomSockets } from './sockets.ts';

export interface ViewerSocketPorts {
  readonly sockets: RoomSockets;
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

  handleJoin(connection: ConnectionId, claims: MemberClaims, by: AuthMessage | null): void {
    const member = this.#member(connection, claims, by);
    const chats = this.#ports.sockets.chats(connection);
    this.#ports.apply({ type: 'viewer-joined', connection, member, chats });
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
