import {
  type Ack,
  type ClientId,
  type Result,
  type TeamId,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import { mayViewer, type SocketAuth, startAuth } from '../socket/auth.ts';
import { Callers } from '../socket/callers.ts';
import type { LobbySocket } from './attachment.ts';
import { actorOf } from './audit.ts';
import type { Asker, ConnectionId, LobbyEvent } from './core/types.ts';
import type { Peers } from './peers.ts';

/** A member as the core knows who asks (I1, X5, X8). */
export const askerOf = (
  connection: ConnectionId,
  claims: MemberClaims,
  { clientId, address }: { readonly clientId: ClientId | undefined; readonly address: string | null },
  subscriptions: readonly string[] = [],
): Asker => ({
  connection,
  key: JSON.stringify(clientId === undefined ? [claims.member] : [claims.member, clientId]),
  subscriptions,
  actor: actorOf(claims, address),
  limits: claims.agents,
});

/** Who speaks on a socket; without a token he can only say that he is there. */
export const speakerOf = (
  connection: ConnectionId,
  auth: SocketAuth,
  data: Extract<LobbySocket, { kind: 'viewer' }>,
): Asker =>
  auth.state === 'member'
    ? askerOf(connection, auth.claims, data, data.subscriptions)
    : { connection, key: JSON.stringify([connection, data.clientId]), subscriptions: data.subscriptions };

export interface CallPorts {
  readonly team: TeamId;
  readonly peers: Peers;
  /** X5: who somebody is now. */
  readonly current: (claims: Claims) => Result<Claims | null, WireError>;
  readonly handle: (event: LobbyEvent) => void;
}

export interface Call {
  readonly claims: Claims;
  readonly message: ViewerMessage;
  readonly id: string;
  readonly address: string | null;
  readonly clientId: ClientId | undefined;
}

/** Viewer messages without a socket: who calls says one thing and hears its ack. */
export class Calls {
  readonly #callers = new Callers();
  readonly #ports: CallPorts;

  constructor(ports: CallPorts) {
    this.#ports = ports;
  }

  async request({ claims, message, id, address, clientId }: Call): Promise<Ack> {
    const { team, peers, current, handle } = this.#ports;
    const now = Date.now();
    const refuse = (error: WireError): Ack => ({ messageId: id, success: false, error });
    const known = current(claims);
    if (!known.ok) return refuse(known.error);
    const allowed = mayViewer(startAuth(known.value, team, now), message.type, now);
    if (!allowed.ok) return refuse(allowed.error);
    if (allowed.value === null) return refuse(wireError('INVALID_MESSAGE', 'type: is for sockets only'));
    const limited = this.#callers.refusal(allowed.value.member, now);
    if (limited !== null) return refuse(limited);
    const connection = `call:${crypto.randomUUID()}`;
    const ack = peers.call(connection);
    handle({
      type: 'viewer-said',
      by: askerOf(connection, allowed.value, { clientId, address }),
      message,
      id,
    });
    return ack;
  }
}
