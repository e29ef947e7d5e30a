import { type ClientId, ClientIdSchema, type WireError } from '@muster/protocol';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import { waitingRefusal } from '../socket/seat-limits.ts';
import type { Attached, Sockets } from '../socket/sockets.ts';
import type { RoomSocket } from './attachment.ts';
import { seatRefusal } from './core/seats.ts';
import type { RoomState } from './core/state.ts';
import type { ConnectionId, Member, RoomEvent, Subscription } from './core/types.ts';
import type { OpenSockets } from './open-sockets.ts';

type Seat = Extract<RoomSocket, { role: 'viewer' }>;
type Taken = Attached<RoomSocket> & { readonly data: Seat };

/** S7: what a room knows of its viewers by their sockets' attachments. */
export class Seats {
  readonly #sockets: Sockets<RoomSocket>;
  readonly #open: OpenSockets;

  readonly #room: () => RoomState;
  readonly #apply: (event: RoomEvent) => void;

  constructor(
    sockets: Sockets<RoomSocket>,
    open: OpenSockets,
    room: () => RoomState,
    apply: (event: RoomEvent) => void,
  ) {
    this.#sockets = sockets;
    this.#open = open;
    this.#room = room;
    this.#apply = apply;
  }

  /**
   * X19: why one more socket is not let in; null: it is. Without claims it brings its token later, and is asked then.
   * `waiting`: how many do so now.
   */
  refusal(claims: Claims | null, waiting: number): WireError | null {
    if (claims?.kind !== 'member') return waitingRefusal(waiting);
    const member = { id: claims.member, role: claims.role };
    if (seatRefusal(this.#room(), member) === null) return null;
    this.#apply({ type: 'seat-wanted', member });
    return seatRefusal(this.#room(), member);
  }

  /** Whom it is, by its token and its seat. */
  member(connection: ConnectionId, claims: MemberClaims): Member {
    const data = this.#read(connection)?.data;
    const clientId = data?.clientId ?? ClientIdSchema.parse(connection);
    return {
      id: claims.member,
      name: claims.name,
      role: claims.role,
      clientId,
      address: data?.address ?? null,
    };
  }

  nameClient(connection: ConnectionId, clientId: ClientId): void {
    this.#change(connection, { clientId });
  }

  follow(connection: ConnectionId, subscription: Subscription | null): void {
    this.#change(connection, { subscription });
  }

  /** The viewers that slept with the room, each where its attachment says. */
  present() {
    return this.#open.connections().flatMap((connection) => {
      const attached = this.#read(connection);
      if (attached?.auth.state !== 'member') return [];
      const member = this.member(connection, attached.auth.claims);
      return [{ connection, member, subscription: attached.data.subscription }];
    });
  }

  #read(connection: ConnectionId): Taken | null {
    const socket = this.#open.get(connection);
    const attached = socket === undefined ? null : this.#sockets.read(socket);
    if (attached?.data.role !== 'viewer') return null;
    return { ...attached, data: attached.data };
  }

  #change(connection: ConnectionId, part: Partial<Seat>): void {
    const socket = this.#open.get(connection);
    const attached = this.#read(connection);
    if (socket !== undefined && attached !== null)
      this.#sockets.attach(socket, { ...attached, data: { ...attached.data, ...part } });
  }
}
