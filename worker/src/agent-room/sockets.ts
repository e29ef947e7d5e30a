import {
  CLOSE,
  type ClientId,
  ClientIdSchema,
  type ConversationId,
  ConversationIdSchema,
} from '@muster/protocol';
import * as z from 'zod';
import type { MemberClaims } from '../auth/claims.ts';
import { type Attached, attachedSchema, type HibernatingSockets } from '../socket/hibernating-sockets.ts';
import {
  type ConnectionId,
  KeeperAttachmentSchema,
  type Member,
  type Subscription,
  SubscriptionSchema,
} from './core/types.ts';

/** What a room keeps with each socket through hibernation (S7, N2). */
const RoomSocketSchema = z.discriminatedUnion('role', [
  z.object({
    role: z.literal('viewer'),
    clientId: ClientIdSchema,
    /** X8: from where it came (X10). */
    address: z.string().nullable().default(null),
    subscription: SubscriptionSchema.nullable(),
    /** C4, C2: it knows conversations; those that it reads. */
    chats: z.boolean().default(false),
    reads: z.array(ConversationIdSchema).default([]),
  }),
  /** `hello`: null until the keeper has named its generation. */
  z.object({ role: z.literal('keeper'), hello: KeeperAttachmentSchema.nullable() }),
]);
export type RoomSocket = z.infer<typeof RoomSocketSchema>;

export const AttachedRoomSocketSchema = attachedSchema(RoomSocketSchema);

type ViewerSocket = Extract<RoomSocket, { role: 'viewer' }>;
type AttachedViewer = Attached<RoomSocket> & { readonly data: ViewerSocket };

/** The live sockets of a room by connection id, and what their attachments keep of viewers (S7). */
export class RoomSockets {
  readonly #sockets: HibernatingSockets<RoomSocket>;
  readonly #open = new Map<ConnectionId, WebSocket>();

  constructor(sockets: HibernatingSockets<RoomSocket>) {
    this.#sockets = sockets;
  }

  /** After hibernation: indexes the sockets that survived it. */
  restore(): void {
    for (const socket of this.#sockets.all()) {
      const attached = this.#sockets.read(socket);
      if (attached === null) this.#sockets.close(socket, CLOSE.restart);
      else this.#open.set(attached.connectionId, socket);
    }
  }

  add(connection: ConnectionId, socket: WebSocket): void {
    this.#open.set(connection, socket);
  }

  get(connection: ConnectionId): WebSocket | undefined {
    return this.#open.get(connection);
  }

  connections(): ConnectionId[] {
    return [...this.#open.keys()];
  }

  /** False: it was not here. */
  remove(connection: ConnectionId): boolean {
    return this.#open.delete(connection);
  }

  /** H1: ms since 1970; 0: it is not here. */
  lastSeen(connection: ConnectionId): number {
    const socket = this.#open.get(connection);
    return socket === undefined ? 0 : this.#sockets.lastSeen(socket);
  }

  /** False: it is not here. */
  send(connection: ConnectionId, data: string | Uint8Array): boolean {
    const socket = this.#open.get(connection);
    if (socket !== undefined) this.#sockets.send(socket, data);
    return socket !== undefined;
  }

  close(connection: ConnectionId, code: number, reason: string): void {
    const socket = this.#open.get(connection);
    if (socket !== undefined) this.#sockets.close(socket, code, reason);
  }

  /** The member of a socket: by its claims, and by the client its attachment names. */
  member(connection: ConnectionId, claims: MemberClaims): Member {
    const data = this.#readViewer(connection)?.data;
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
    this.#changeViewer(connection, { clientId });
  }

  setSubscription(connection: ConnectionId, subscription: Subscription | null): void {
    this.#changeViewer(connection, { subscription });
  }

  setReads(connection: ConnectionId, reads: readonly ConversationId[]): void {
    this.#changeViewer(connection, { reads: [...reads] });
  }

  chats(connection: ConnectionId): boolean {
    return this.#readViewer(connection)?.data.chats ?? false;
  }

  /** The viewers whose sockets survived hibernation, each at the place in the stream that its attachment names. */
  restoredViewers() {
    return this.connections().flatMap((connection) => {
      const attached = this.#readViewer(connection);
      if (attached?.auth.state !== 'member') return [];
      const member = this.member(connection, attached.auth.claims);
      const { subscription, chats, reads } = attached.data;
      return [{ connection, member, subscription, chats, reads }];
    });
  }

  #readViewer(connection: ConnectionId): AttachedViewer | null {
    const socket = this.#open.get(connection);
    const attached = socket === undefined ? null : this.#sockets.read(socket);
    if (attached?.data.role !== 'viewer') return null;
    return { ...attached, data: attached.data };
  }

  #changeViewer(connection: ConnectionId, part: Partial<ViewerSocket>): void {
    const socket = this.#open.get(connection);
    const attached = this.#readViewer(connection);
    if (socket !== undefined && attached !== null)
      this.#sockets.attach(socket, { ...attached, data: { ...attached.data, ...part } });
  }
}
