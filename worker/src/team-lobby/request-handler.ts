import {
  type Ack,
  type ClientId,
  type Result,
  type TeamId,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { completeEntry, draftOfAttempt } from '../audit/entry.ts';
import type { Claims } from '../auth/claims.ts';
import { authorizeViewerMessage, initialAuth } from '../socket/auth.ts';
import { MemberRateLimiter } from '../socket/member-rate-limiter.ts';
import type { WriteRateLimiter } from '../socket/write-rate-limiter.ts';
import type { AuditService } from './audit-service.ts';
import type { LobbyConnections } from './connections.ts';
import type { LobbyEvent } from './core/types.ts';
import { actorOf, requesterOf } from './requester.ts';

export interface RequestPorts {
  readonly team: TeamId;
  readonly connections: LobbyConnections;
  /** X5: the caller's claims as they are now. */
  readonly currentClaims: (claims: Claims) => Result<Claims | null, WireError>;
  readonly handle: (event: LobbyEvent) => void;
  readonly writes: WriteRateLimiter;
  readonly audit: Pick<AuditService, 'auditRefusal'>;
}

/** Handles viewer messages that come over RPC, without a socket: one message, one ack. */
export class RequestHandler {
  readonly #rateLimiter = new MemberRateLimiter();
  readonly #ports: RequestPorts;

  constructor(ports: RequestPorts) {
    this.#ports = ports;
  }

  async handle(
    claims: Claims,
    message: ViewerMessage,
    id: string,
    address: string | null = null,
    clientId?: ClientId,
    askedAt?: number,
  ): Promise<Ack> {
    const { team, connections, currentClaims, handle, writes, audit } = this.#ports;
    const now = Date.now();
    const refuse = (error: WireError): Ack => ({ messageId: id, success: false, error });
    const known = currentClaims(claims);
    if (!known.ok) return refuse(known.error);
    const allowed = authorizeViewerMessage(initialAuth(known.value, team, now), message.type, now);
    if (!allowed.ok) return refuse(allowed.error);
    if (allowed.value === null)
      return refuse(wireError('INVALID_MESSAGE', 'This message can be sent on a socket only'));
    const { member } = allowed.value;
    const limited = this.#rateLimiter.refusal(member, now) ?? connections.pendingCalls.refusal(member);
    if (limited !== null) return refuse(limited);
    const over = writes.refusal(message.type, member, now);
    if (over !== null) {
      const entry = completeEntry(draftOfAttempt(actorOf(allowed.value, address), message), over, now);
      audit.auditRefusal({ entry, others: 0 });
      return refuse(over);
    }
    const connection = `call:${crypto.randomUUID()}`;
    const by = requesterOf(connection, allowed.value, { clientId, address });
    const asked = askedAt === undefined ? {} : { askedAt };
    return connections.pendingCalls.call(connection, member, id, () =>
      handle({ type: 'viewer-message', by, message, id, ...asked }),
    );
  }
}
