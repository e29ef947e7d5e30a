import {
  type Ack,
  type ClientId,
  type Result,
  type TeamId,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { attempted, settled } from '../audit/entry.ts';
import type { Claims } from '../auth/claims.ts';
import { authorizeViewerMessage, initialAuth } from '../socket/auth.ts';
import { MemberRateLimiter } from '../socket/member-rate-limiter.ts';
import type { WriteRateLimiter } from '../socket/write-rate-limiter.ts';
import { actorOf, askerOf } from './asker.ts';
import type { AuditDesk } from './audit-desk.ts';
import type { LobbyEvent } from './core/types.ts';
import type { Peers } from './peers.ts';

export interface CallPorts {
  readonly team: TeamId;
  readonly peers: Peers;
  /** X5: who somebody is now. */
  readonly current: (claims: Claims) => Result<Claims | null, WireError>;
  readonly handle: (event: LobbyEvent) => void;
  readonly writes: WriteRateLimiter;
  readonly audit: Pick<AuditDesk, 'refused'>;
}

/** Viewer messages without a socket: who calls says one thing and hears its ack. */
export class Calls {
  readonly #callers = new MemberRateLimiter();
  readonly #ports: CallPorts;

  constructor(ports: CallPorts) {
    this.#ports = ports;
  }

  async request(
    claims: Claims,
    message: ViewerMessage,
    id: string,
    address: string | null = null,
    clientId?: ClientId,
    askedAt?: number,
  ): Promise<Ack> {
    const { team, peers, current, handle, writes, audit } = this.#ports;
    const now = Date.now();
    const refuse = (error: WireError): Ack => ({ messageId: id, success: false, error });
    const known = current(claims);
    if (!known.ok) return refuse(known.error);
    const allowed = authorizeViewerMessage(initialAuth(known.value, team, now), message.type, now);
    if (!allowed.ok) return refuse(allowed.error);
    if (allowed.value === null)
      return refuse(wireError('INVALID_MESSAGE', 'This message can be sent on a socket only'));
    const { member } = allowed.value;
    const limited = this.#callers.refusal(member, now) ?? peers.calls.refusal(member);
    if (limited !== null) return refuse(limited);
    const over = writes.refusal(message.type, member, now);
    if (over !== null) {
      const entry = settled(attempted(actorOf(allowed.value, address), message), over, now);
      audit.refused({ entry, others: 0 });
      return refuse(over);
    }
    const connection = `call:${crypto.randomUUID()}`;
    const by = askerOf(connection, allowed.value, { clientId, address });
    const asked = askedAt === undefined ? {} : { askedAt };
    return peers.calls.call(connection, member, id, () =>
      handle({ type: 'viewer-said', by, message, id, ...asked }),
    );
  }
}
