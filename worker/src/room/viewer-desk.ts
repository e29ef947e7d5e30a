import type { InputFrame, ViewerMessage, WireError } from '@muster/protocol';
import type { Attempt } from '../audit/entry.ts';
import type { MemberClaims } from '../auth/claims.ts';
import type { MemberRooms } from '../socket/member-rooms.ts';
import type { AuthMessage } from '../socket/token-message.ts';
import type { ConnectionId, Member, RoomEvent } from './core/types.ts';
import type { Seats } from './seats.ts';

export interface ViewerDeskPorts {
  readonly seats: Seats;
  readonly apply: (event: RoomEvent) => void;
  /** X8. */
  readonly refused: (member: Member, attempt: Attempt, error: WireError) => void;
  readonly gone: (connection: ConnectionId) => void;
}

/** What a room does with its viewers' sockets once the door has let them through. */
export class ViewerDesk implements MemberRooms {
  readonly #ports: ViewerDeskPorts;

  constructor(ports: ViewerDeskPorts) {
    this.#ports = ports;
  }

  joined(connection: ConnectionId, claims: MemberClaims, by: AuthMessage | null): void {
    const { seats, apply } = this.#ports;
    if (by?.type === 'auth' && by.payload.clientId !== undefined)
      seats.nameClient(connection, by.payload.clientId);
    apply({ type: 'viewer-joined', connection, member: seats.member(connection, claims) });
  }

  said(connection: ConnectionId, message: ViewerMessage, id: string | undefined, askedAt?: number): void {
    const request = { ...(id === undefined ? {} : { id }), ...(askedAt === undefined ? {} : { askedAt }) };
    this.#ports.apply({ type: 'viewer-said', connection, message, ...request });
  }

  typed(connection: ConnectionId, frame: InputFrame, bytes: Uint8Array): void {
    this.#ports.apply({ type: 'viewer-typed', connection, frame, bytes });
  }

  refused(connection: ConnectionId, claims: MemberClaims, attempt: Attempt, error: WireError): void {
    this.#ports.refused(this.#ports.seats.member(connection, claims), attempt, error);
  }

  closed(connection: ConnectionId): void {
    this.#ports.gone(connection);
  }
}
