import {
  type Ack,
  type ClientId,
  ClientIdSchema,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { Claims } from '../auth/claims.ts';
import { Callers } from '../socket/callers.ts';
import type { RoomState } from './core/state.ts';
import type { ConnectionId, Member, RoomEvent } from './core/types.ts';

/** I1: what a member says over REST is of one client. */
const REST = ClientIdSchema.parse('rest');

export interface Call {
  readonly claims: Claims;
  readonly message: ViewerMessage;
  readonly id: string;
  readonly address: string | null;
  readonly clientId?: ClientId | undefined;
}

/** Viewer messages without a socket: who calls joins, says one thing, hears its ack and leaves. */
export class CallersDesk {
  readonly #callers = new Callers();
  /** Who waits for an ack. */
  readonly #asking = new Map<ConnectionId, (ack: Ack) => void>();
  readonly #room: () => RoomState;
  readonly #apply: (event: RoomEvent) => void;

  constructor(room: () => RoomState, apply: (event: RoomEvent) => void) {
    this.#room = room;
    this.#apply = apply;
  }

  answer(connection: ConnectionId, ack: Ack): void {
    this.#asking.get(connection)?.(ack);
  }

  async request({ claims, message, id, address, clientId = REST }: Call): Promise<Ack> {
    const refuse = (error: WireError): Ack => ({ messageId: id, success: false, error });
    if (claims.kind !== 'member') return refuse(wireError('INSUFFICIENT_PERMISSIONS', 'a host may not'));
    const limited = this.#callers.refusal(claims.member, Date.now());
    if (limited !== null) return refuse(limited);
    if (this.#room().durable === null)
      return refuse(wireError('AGENT_NOT_FOUND', 'agentId: there is no such agent', { field: 'agentId' }));
    const connection = `rest:${crypto.randomUUID()}`;
    const { name, role } = claims;
    const member: Member = { id: claims.member, name, role, clientId, address };
    try {
      return await new Promise<Ack>((resolve) => {
        this.#asking.set(connection, resolve);
        this.#apply({ type: 'viewer-joined', connection, member, passing: true });
        this.#apply({ type: 'viewer-said', connection, message, id });
      });
    } finally {
      this.#asking.delete(connection);
      this.#apply({ type: 'left', connection });
    }
  }
}
