import {
  type Ack,
  ClientIdSchema,
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
        apply({
          type: 'viewer-message',
          connection,
          message,
          id,
          ...(askedAt === undefined ? {} : { askedAt }),
        });
      });
    } finally {
      apply({ type: 'disconnected', connection });
    }
  }
}
