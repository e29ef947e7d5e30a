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
import { Callers } from '../socket/callers.ts';
import { OpenCalls } from '../socket/open-calls.ts';
import type { WriteRates } from '../socket/write-rates.ts';
import { ROOM_LIMITS } from './core/limits.ts';
import type { RoomState } from './core/state.ts';
import type { ConnectionId, Member, RoomEvent } from './core/types.ts';

/** I1: what a member says over REST is of one client. */
const REST = ClientIdSchema.parse('rest');
const NO_AGENT = wireError('AGENT_NOT_FOUND', 'agentId: there is no such agent', { field: 'agentId' });

export interface CallersPorts {
  readonly room: () => RoomState;
  readonly apply: (event: RoomEvent) => void;
  /** X5: who somebody is now. */
  readonly current: (claims: Claims) => Result<Claims, WireError>;
  readonly writes: WriteRates;
  /** X8a. */
  readonly refused: (member: Member, attempt: Attempt, error: WireError) => void;
}

/** Viewer messages without a socket: who calls joins, says one thing, hears its ack and leaves. */
export class CallersDesk {
  readonly #callers = new Callers();
  readonly #open = new OpenCalls(ROOM_LIMITS.callsOfMember);
  readonly #ports: CallersPorts;

  constructor(ports: CallersPorts) {
    this.#ports = ports;
  }

  answer(connection: ConnectionId, ack: Ack): void {
    this.#open.answer(connection, ack);
  }

  /** X19: it is not heard further, and is told so. */
  closed(connection: ConnectionId): void {
    this.#open.fail(connection, NO_AGENT);
  }

  /** N1: the agent is gone: nobody else answers. */
  closeAll(): void {
    this.#open.failAll(NO_AGENT);
  }

  async request(
    by: Claims,
    message: ViewerMessage,
    id: string,
    address: string | null = null,
    clientId = REST,
  ): Promise<Ack> {
    const { room, apply, current, writes, refused } = this.#ports;
    const refuse = (error: WireError): Ack => ({ messageId: id, success: false, error });
    const known = current(by);
    if (!known.ok) return refuse(known.error);
    const claims = known.value;
    if (claims.kind !== 'member') return refuse(wireError('INSUFFICIENT_PERMISSIONS', 'a host may not'));
    const limited = this.#callers.refusal(claims.member, Date.now()) ?? this.#open.refusal(claims.member);
    if (limited !== null) return refuse(limited);
    if (room().durable === null) return refuse(NO_AGENT);
    const connection = `rest:${crypto.randomUUID()}`;
    const { name, role } = claims;
    const member: Member = { id: claims.member, name, role, clientId, address };
    const over = writes.refusal(message.type, member.id, Date.now());
    if (over !== null) {
      refused(member, message, over);
      return refuse(over);
    }
    try {
      return await this.#open.ask(connection, member.id, id, () => {
        apply({ type: 'viewer-joined', connection, member, passing: true });
        apply({ type: 'viewer-said', connection, message, id });
      });
    } finally {
      apply({ type: 'left', connection });
    }
  }
}
