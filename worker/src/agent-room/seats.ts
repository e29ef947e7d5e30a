import { type ClientId, ClientIdSchema, type WireError } from '@muster/protocol';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import { unauthenticatedRefusal } from '../socket/connection-limits.ts';
import type { Attached, HibernatingSockets } from '../socket/hibernating-sockets.ts';
import type { RoomSocket } from './attachment.ts';
import type { RoomState } from './core/state.ts';
import type { ConnectionId, Member, RoomEvent, Subscription } from './core/types.ts';
import { admissionRefusal } from './core/viewers/admission.ts';
import type { RoomSockets } from './sockets.ts';

type ViewerSocket = Extract<RoomSocket, { role: 'viewer' }>;
type AttachedViewer = Attached<RoomSocket> & { readonly data: ViewerSocket };

/** S7: what a room knows of its viewers by their sockets' attachments. */
export class Seats {
  readonly #sockets: HibernatingSockets<RoomSocket>;
  readonly #open: RoomSockets;

  readonly #room: () => RoomState;
  readonly #apply: (event: RoomEvent) => void;

  constructor(
    sockets: HibernatingSockets<RoomSocket>,
    open: RoomSockets,
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
    if (claims?.kind !== 'member') return unauthenticatedRefusal(waiting);
    const member = { id: claims.member, role: claims.role };
    if (admissionRefusal(this.#room(), member) === null) return null;
    this.#apply({ type: 'admission-requested', member });
    return admissionRefusal(this.#room(), member);
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

  setClient(connection: ConnectionId, clientId: ClientId): void {
    this.#change(connection, { clientId });
  }

  setSubscription(connection: ConnectionId, subscription: Subscription | null): void {
    this.#change(connection, { subscription });
  }

  /** The viewers that slept with the room, each where its attachment says. */
  restoredViewers() {
    return this.#open.connections().flatMap((connection) => {
      const attached = this.#read(connection);
      if (attached?.auth.state !== 'member') return [];
      const member = this.member(connection, attached.auth.claims);
      return [{ connection, member, subscription: attached.data.subscription }];
    });
  }

  #read(connection: ConnectionId): AttachedViewer | null {
    const socket = this.#open.get(connection);
    const attached = socket === undefined ? null : this.#sockets.read(socket);
    if (attached?.data.role !== 'viewer') return null;
    return { ...attached, data: attached.data };
  }

  #change(connection: ConnectionId, part: Partial<ViewerSocket>): void {
    const socket = this.#open.get(connection);
    const attached = this.#read(connection);
    if (socket !== undefined && attached !== null)
      this.#sockets.attach(socket, { ...attached, data: { ...attached.data, ...part } });
  }
}
