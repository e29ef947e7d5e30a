import {
  type Ack,
  type ClientId,
  ClientIdSchema,
  ConversationIdSchema,
  type Result,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { Attempt } from '../audit/entry.ts';
import type { Claims } from '../auth/claims.ts';
import { MemberRateLimiter } from '../socket/member-rate-limiter.ts';
import { PendingCalls } from '../socket/pending-calls.ts';
import type { WriteRateLimiter } from '../socket/write-rate-limiter.ts';
import type { Upload } from './core/files/index.ts';
import { ROOM_LIMITS } from './core/limits.ts';
import type { ConnectionId, Member, RoomEvent } from './core/types.ts';
import { NO_AGENT } from './core/viewers/index.ts';

/** I1: all REST requests of a member count as one client. */
const REST = ClientIdSchema.parse('rest');

export interface RpcRequestPorts {
  readonly apply: (event: RoomEvent) => void;
  /** X5: the claims as they are now. */
  readonly currentClaims: (claims: Claims) => Result<Claims, WireError>;
  readonly writes: WriteRateLimiter;
  /** X8a. */
  readonly refused: (member: Member, attempt: Attempt, error: WireError) => void;
}

/** Of one caller. `attempt`: what it counts as. */
interface Call {
  readonly by: Claims;
  readonly id: string;
  readonly address: string | null;
  readonly clientId: ClientId;
  readonly attempt: ViewerMessage;
}

/** Viewer messages that come by RPC, without a socket: the caller joins, sends one message, gets its ack and leaves. */
export class RpcRequestHandler {
  readonly #rates = new MemberRateLimiter();
  readonly #pending = new PendingCalls(ROOM_LIMITS.callsOfMember);
  readonly #ports: RpcRequestPorts;

  constructor(ports: RpcRequestPorts) {
    this.#ports = ports;
  }

  handleAck(connection: ConnectionId, ack: Ack): void {
    this.#pending.answer(connection, ack);
  }

  /** The core closed the caller: its request fails. */
  handleClose(connection: ConnectionId): void {
    this.#pending.fail(connection, NO_AGENT);
  }

  /** No pending request will be answered. */
  closeAll(error: WireError): void {
    this.#pending.failAll(error);
  }

  async request(
    by: Claims,
    message: ViewerMessage,
    id: string,
    address: string | null = null,
    clientId = REST,
    askedAt?: number,
  ): Promise<Ack> {
    const { apply } = this.#ports;
    const asked = askedAt === undefined ? {} : { askedAt };
    return this.#call({ by, id, address, clientId, attempt: message }, (connection) =>
      apply({ type: 'viewer-message', connection, message, id, ...asked }),
    );
  }

  /** C15: counted as the message that it is for. */
  async upload(by: Claims, file: Upload, id: string, address: string | null = null): Promise<Ack> {
    const { apply } = this.#ports;
    const conversationId = ConversationIdSchema.safeParse(file.conversationId).data;
    if (conversationId === undefined) {
      const error = wireError('CONVERSATION_NOT_FOUND', 'There is no such conversation');
      return { messageId: id, success: false, error };
    }
    const attempt: ViewerMessage = { type: 'chat:message', payload: { conversationId, content: file.name } };
    return this.#call({ by, id, address, clientId: REST, attempt }, (connection) =>
      apply({ type: 'file-uploaded', connection, file, id }),
    );
  }

  /** The caller joins, `act` sends what they came for, and they leave with its ack. */
  async #call(
    { by, id, address, clientId, attempt: message }: Call,
    act: (connection: ConnectionId) => void,
  ): Promise<Ack> {
    const { apply, currentClaims, writes, refused } = this.#ports;
    const refuse = (error: WireError): Ack => ({ messageId: id, success: false, error });
    const known = currentClaims(by);
    if (!known.ok) return refuse(known.error);
    const claims = known.value;
    if (claims.kind !== 'member') return refuse(wireError('INSUFFICIENT_PERMISSIONS', 'a host may not'));
    const limited = this.#rates.refusal(claims.member, Date.now()) ?? this.#pending.refusal(claims.member);
    if (limited !== null) return refuse(limited);
    const connection = `rest:${crypto.randomUUID()}`;
    const { name, role } = claims;
    const member: Member = { id: claims.member, name, role, clientId, address };
    const over = writes.refusal(message.type, member.id, Date.now());
    if (over !== null) {
      refused(member, message, over);
      return refuse(over);
    }
    try {
      return await this.#pending.call(connection, member.id, id, () => {
        apply({ type: 'viewer-joined', connection, member, socketless: true });
        act(connection);
      });
    } finally {
      apply({ type: 'disconnected', connection });
    }
  }
}
