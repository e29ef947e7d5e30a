import { CLOSE, type Result, type TeamId, type WireError } from '@muster/protocol';
import type { Claims, HostClaims, MemberClaims } from '../auth/claims.ts';
import type { VerifyMember } from '../auth/guard-member.ts';
import { earliest } from '../socket/deadlines.ts';
import { clientOf, knowsConversations, readAddress, readClaims } from '../socket/handshake.ts';
import type { HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { MemberSocketAuthenticator } from '../socket/member-socket-authenticator.ts';
import type { AcceptedSocket, ResolveCurrentClaims } from '../socket/member-socket-handler.ts';
import { answerRefusal, refuseSocket } from '../socket/refuse.ts';
import type { LobbyAttachment } from './attachment.ts';
import type { AuditService } from './audit-service.ts';
import type { LobbyConnections } from './connections.ts';
import { admitViewer } from './core/admission.ts';
import { hostRefusal } from './core/hosts/index.ts';
import { HeartbeatMonitor } from './core/presence/index.ts';
import type { ConnectionId, Effect, Lobby, LobbyEvent } from './core/types.ts';
import type { HostSocketAuthenticator } from './host-socket-authenticator.ts';
import { ViewerSocketHandler } from './viewer-socket-handler.ts';

export interface LobbySocketPorts {
  readonly team: TeamId;
  readonly lobby: Lobby;
  readonly sockets: HibernatingSockets<LobbyAttachment>;
  readonly connections: LobbyConnections;
  readonly hosts: HostSocketAuthenticator;
  readonly audit: AuditService;
  readonly verify: VerifyMember;
  readonly currentClaims: ResolveCurrentClaims;
  readonly handle: (event: LobbyEvent) => void;
}

/** The effects of the core that concern sockets. */
type SocketEffect = Exclude<
  Effect,
  {
    type:
      | 'notice'
      | 'attention-seen'
      | 'commit'
      | 'audit'
      | 'audit-refusal'
      | 'answer'
      | 'place-room'
      | 'delete-room';
  }
>;

/** The lobby's sockets, of runners and dashboards: accepting them (G1), their messages, and closing them. */
export class LobbySockets {
  readonly #ports: LobbySocketPorts;
  readonly #members: MemberSocketAuthenticator<LobbyAttachment>;
  readonly #heartbeats = new HeartbeatMonitor();

  constructor(ports: LobbySocketPorts) {
    const { sockets, connections, audit, verify, currentClaims, handle } = ports;
    const closed = (connection: ConnectionId) => this.#remove(connection);
    const handler = new ViewerSocketHandler({ connections, audit, handle, closed });
    this.#ports = ports;
    this.#members = new MemberSocketAuthenticator(sockets, 'viewer', verify, currentClaims, handler);
  }

  /** H2: when to call `handleAlarm`, ms; null: no socket is open. */
  get nextDeadline(): number | null {
    return earliest([this.#members.nextDeadline, this.#heartbeats.nextDeadline]);
  }

  /** X5: the member's claims as they are now. */
  currentClaims<C extends Claims | null>(claims: C): Result<C | MemberClaims, WireError> {
    return this.#members.currentClaims(claims);
  }

  /** X5: sockets whose member's rights have changed get the new rights, or close. */
  applyRightsChanges(now: number, isAffected: (claims: MemberClaims) => boolean): void {
    this.#members.applyClaimChanges(now, isAffected);
  }

  /** `alarm`: when the stored alarm fires, ms. */
  restore(alarm: number | null, now: number): void {
    this.#heartbeats.restore(this.#ports.connections.isEmpty, alarm, now);
  }

  accept(request: Request, now: number): Response {
    const claimed = readClaims(request.headers);
    const claims = claimed.ok ? this.currentClaims(claimed.value) : claimed;
    if (!claims.ok) return refuseSocket(claims.error);
    return claims.value?.kind === 'host'
      ? this.#acceptHost(claims.value, now)
      : this.#acceptViewer(claims.value, request, now);
  }

  #acceptHost(claims: HostClaims, now: number): Response {
    const refusal = hostRefusal(this.#ports.lobby, claims);
    return refusal === null ? this.#add(this.#ports.hosts.accept(claims, now), now) : answerRefusal(refusal);
  }

  #acceptViewer(claims: MemberClaims | null, request: Request, now: number): Response {
    const { connections, team } = this.#ports;
    const member = claims === null ? null : { id: claims.member, role: claims.role };
    const memberSockets = {
      members: () => connections.members(),
      unauthenticated: () => this.#members.unauthenticatedCount,
      activity: () => connections.activity(),
    };
    const { dead, refusal } = admitViewer(member, memberSockets, now);
    this.#closeSilent(dead);
    if (refusal !== null) return answerRefusal(refusal);
    const clientId = clientOf(request);
    if (!clientId.ok) return refuseSocket(clientId.error);
    const address = readAddress(request.headers);
    const data: LobbyAttachment = {
      kind: 'viewer',
      clientId: clientId.value,
      address,
      subscriptions: [],
      knowsConversations: knowsConversations(request),
      focus: null,
    };
    const accepted = this.#members.accept(claims, team, data, now);
    const response = this.#add(accepted, now);
    this.#members.welcome(accepted.socket, now);
    return response;
  }

  #add({ response, socket, connectionId }: AcceptedSocket, now: number): Response {
    this.#ports.connections.add(connectionId, socket);
    this.#heartbeats.socketOpened(now);
    return response;
  }

  handleMessage(socket: WebSocket, message: string | ArrayBuffer, now: number): void | Promise<void> {
    const { sockets, hosts } = this.#ports;
    const attached = sockets.read(socket);
    if (attached === null) return sockets.close(socket, CLOSE.restart);
    if (attached.data.kind === 'host') return hosts.handleMessage(socket, attached, message, now);
    return this.#members.handleMessage(socket, message, now);
  }

  handleClose(socket: WebSocket): void {
    const connection = this.#ports.sockets.read(socket)?.connectionId;
    if (connection !== undefined) this.#remove(connection);
  }

  /** A dead peer never answers a close, so it counts as disconnected at once. */
  #close(connection: ConnectionId, code: number, reason: string): void {
    this.#ports.connections.close(connection, code, reason);
    this.#remove(connection);
  }

  /** Applies what is due: expired tokens (X5) and silent sockets (H1). */
  handleAlarm(now: number): void {
    this.#members.handleAlarm(now);
    this.#closeSilent(this.#heartbeats.takeDead(this.#ports.connections.activity(), now));
  }

  #closeSilent(dead: readonly ConnectionId[]): void {
    for (const connection of dead) this.#close(connection, CLOSE.goingAway, 'silent for 60 s');
  }

  perform(effect: SocketEffect, now: number): void {
    const { connections } = this.#ports;
    switch (effect.type) {
      case 'send':
        return connections.send(effect.to, effect.message, now, effect.correlationId);
      case 'broadcast':
        return connections.broadcast(effect.message, effect.about ?? null, now);
      case 'send-to-host':
        return connections.send(effect.host, effect.message, now);
      case 'close':
        return this.#close(effect.connection, effect.code, effect.reason);
      case 'close-host':
        for (const connection of connections.ofHost(effect.hostId, effect.below))
          this.#close(connection, effect.code, effect.reason);
        return;
      case 'attach-host':
        return connections.updateAttachment(effect.connection, () => ({ kind: 'host', since: effect.since }));
      case 'attach-focus':
        return connections.updateAttachment(effect.connection, (data) =>
          data.kind === 'viewer' ? { ...data, focus: effect.focus } : data,
        );
      case 'attach-viewer':
        return connections.updateAttachment(effect.connection, (data) =>
          data.kind === 'viewer' ? { ...data, subscriptions: [...effect.subscriptions] } : data,
        );
    }
  }

  #remove(connection: ConnectionId): void {
    if (!this.#ports.connections.remove(connection)) return;
    this.#members.handleDisconnect(connection);
    this.#heartbeats.socketClosed(this.#ports.connections.isEmpty);
    this.#ports.handle({ type: 'disconnected', connection });
  }
}
