import { CLOSE, type Result, type TeamId, type WireError } from '@muster/protocol';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import type { VerifyMember } from '../auth/guard-member.ts';
import { earliest } from '../socket/alarm.ts';
import { connectionRefusal, unauthenticatedRefusal } from '../socket/connection-limits.ts';
import { clientOf, readAddress, readClaims } from '../socket/handshake.ts';
import type { HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { MemberSocketAuthenticator } from '../socket/member-socket-authenticator.ts';
import type { ResolveCurrentClaims } from '../socket/member-socket-handler.ts';
import { refuseSocket } from '../socket/refuse.ts';
import type { LobbySocket } from './attachment.ts';
import type { AuditDesk } from './audit-desk.ts';
import { LOBBY } from './core/limits.ts';
import type { ConnectionId, Effect, LobbyEvent } from './core/types.ts';
import type { HostDoor } from './host-door.ts';
import type { Peers } from './peers.ts';
import { Silence } from './silence.ts';
import { ViewerDesk } from './viewer-desk.ts';

export interface ReceptionPorts {
  readonly team: TeamId;
  readonly sockets: HibernatingSockets<LobbySocket>;
  readonly peers: Peers;
  readonly hosts: HostDoor;
  readonly audit: AuditDesk;
  readonly verify: VerifyMember;
  readonly current: ResolveCurrentClaims;
  readonly handle: (event: LobbyEvent) => void;
}

/** What the core wants done to sockets. */
type SocketEffect = Exclude<Effect, { type: 'commit' | 'audit' | 'refused' | 'place-room' | 'bury-room' }>;

/** The lobby's sockets, of hosts' runners and of dashboards: how they come in (G1), are heard, and leave. */
export class Reception {
  readonly #ports: ReceptionPorts;
  readonly #members: MemberSocketAuthenticator<LobbySocket>;
  readonly #silence: Silence;

  constructor(ports: ReceptionPorts) {
    const { sockets, peers, audit, verify, current, handle } = ports;
    const closed = (connection: ConnectionId) => this.#left(connection);
    const desk = new ViewerDesk({ peers, audit, handle, closed });
    this.#ports = ports;
    this.#members = new MemberSocketAuthenticator(sockets, 'viewer', verify, current, desk);
    this.#silence = new Silence(peers);
  }

  /** H2: when `ring` has something to do, ms; null: nobody is here. */
  get due(): number | null {
    return earliest({ tokens: this.#members.nextDeadline, silence: this.#silence.due });
  }

  /** X5: who somebody is now. */
  current<C extends Claims | null>(claims: C): Result<C | MemberClaims, WireError> {
    return this.#members.currentClaims(claims);
  }

  /** X5: sockets of whom something has changed follow it. */
  follow(now: number, isHis: (claims: MemberClaims) => boolean): void {
    this.#members.applyClaimChanges(now, isHis);
  }

  /** `alarm`: when it is set to ring, ms. */
  woke(alarm: number | null, now: number): void {
    this.#silence.woke(alarm, now);
  }

  accept(request: Request, now: number): Response {
    const said = readClaims(request.headers);
    const claims = said.ok ? this.current(said.value) : said;
    if (!claims.ok) return refuseSocket(claims.error);
    const { response, socket, connectionId } =
      claims.value?.kind === 'host'
        ? this.#ports.hosts.accept(claims.value, now)
        : this.#acceptViewer(claims.value, request, now);
    if (socket !== null) {
      this.#ports.peers.add(connectionId, socket);
      this.#silence.joined(now);
      this.#members.welcome(socket, now);
    }
    return response;
  }

  #acceptViewer(claims: Claims | null, request: Request, now: number) {
    const refused = (response: Response) => ({ response, socket: null, connectionId: '' });
    const full = this.#seatRefusal(claims, now);
    if (full !== null) return refused(refuseSocket(full, CLOSE.tryAgainLater));
    const clientId = clientOf(request);
    if (!clientId.ok) return refused(refuseSocket(clientId.error));
    const address = readAddress(request.headers);
    const data: LobbySocket = { kind: 'viewer', clientId: clientId.value, address, subscriptions: [] };
    return this.#members.accept(claims, this.#ports.team, data, now);
  }

  /** X19. Sockets that have been silent for too long give up their seats first (H1). */
  #seatRefusal(claims: Claims | null, now: number): WireError | null {
    if (claims?.kind !== 'member') return unauthenticatedRefusal(this.#members.unauthenticatedCount);
    const member = { id: claims.member, role: claims.role };
    const refusal = () => connectionRefusal(this.#ports.peers.members(), member, LOBBY.seats);
    if (refusal() === null) return null;
    this.#endSilent(now);
    return refusal();
  }

  heard(socket: WebSocket, message: string | ArrayBuffer, now: number): void | Promise<void> {
    const { sockets, hosts } = this.#ports;
    const attached = sockets.read(socket);
    if (attached === null) return sockets.close(socket, CLOSE.restart);
    if (attached.data.kind === 'host') return hosts.said(socket, attached, message, now);
    return this.#members.handleMessage(socket, message, now);
  }

  gone(socket: WebSocket): void {
    const connection = this.#ports.sockets.read(socket)?.connectionId;
    if (connection !== undefined) this.#left(connection);
  }

  /** A dead peer never answers a close, so it counts as gone at once. */
  #end(connection: ConnectionId, code: number, reason: string): void {
    this.#ports.peers.close(connection, code, reason);
    this.#left(connection);
  }

  /** What time asks of the sockets: of tokens (X5), and of who is silent (H1). */
  ring(now: number): void {
    this.#members.handleAlarm(now);
    this.#endSilent(now);
  }

  #endSilent(now: number): void {
    for (const connection of this.#silence.look(now))
      this.#end(connection, CLOSE.goingAway, 'silent for 60 s');
  }

  perform(effect: SocketEffect, now: number): void {
    const { peers } = this.#ports;
    switch (effect.type) {
      case 'send':
        return peers.send(effect.to, effect.message, now, effect.correlationId);
      case 'broadcast':
        return peers.broadcast(effect.message, effect.about ?? null, now);
      case 'tell':
        return peers.send(effect.host, effect.message, now);
      case 'close':
        return this.#end(effect.connection, effect.code, effect.reason);
      case 'close-host':
        for (const connection of peers.ofHost(effect.hostId, effect.below))
          this.#end(connection, effect.code, effect.reason);
        return;
      case 'attach-host':
        return peers.change(effect.connection, () => ({ kind: 'host', since: effect.since }));
      case 'attach-viewer':
        return peers.change(effect.connection, (data) =>
          data.kind === 'viewer' ? { ...data, subscriptions: [...effect.subscriptions] } : data,
        );
    }
  }

  #left(connection: ConnectionId): void {
    if (!this.#ports.peers.remove(connection)) return;
    this.#members.handleDisconnect(connection);
    this.#silence.left();
    this.#ports.handle({ type: 'left', connection });
  }
}
