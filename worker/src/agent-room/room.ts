import { DurableObject } from 'cloudflare:workers';
import {
  type Ack,
  type AgentState,
  type AgentUid,
  CLOSE,
  type CommandRow,
  encodeMessage,
  type Placement,
  type TeamId,
  wireError,
} from '@muster/protocol';
import type { Claims, HostKeyState, MemberClaims, RightsChange } from '../auth/claims.ts';
import { roomMemberVerifier } from '../auth/guard-member.ts';
import { type Env, lobbyOf, recordingLimits } from '../env.ts';
import { historyIn } from '../history/write.ts';
import type { RoomRpc } from '../rpc.ts';
import { Alarm, earliest } from '../socket/alarm.ts';
import { frame } from '../socket/frame.ts';
import { clientOf, readAddress, readClaims } from '../socket/handshake.ts';
import { HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { MemberSocketAuthenticator } from '../socket/member-socket-authenticator.ts';
import { refuseSocket } from '../socket/refuse.ts';
import { type Meter, meterOf, type Usage } from '../usage.ts';
import { commandRow } from './core/commands/index.ts';
import { handle, nextDeadline } from './core/handle.ts';
import { type RecordingChunk, type RecordingQuery, readRecording } from './core/recording/index.ts';
import { agentState } from './core/reporting/index.ts';
import { type RoomState, restoreRoom } from './core/state.ts';
import type { Commit, ConnectionId, Context, Effect, RoomEvent } from './core/types.ts';
import { authorizeMember, cachedRights, isAffected } from './core/viewers/index.ts';
import { HistoryPublisher } from './history-publisher.ts';
import { KeeperSocketAuthenticator } from './keeper-socket-authenticator.ts';
import { LobbyPublisher } from './lobby-publisher.ts';
import { RpcRequestHandler } from './rpc-request-handler.ts';
import { AttachedRoomSocketSchema, type RoomSocket, RoomSockets } from './sockets.ts';
import { SqliteRightsCache } from './storage/rights-cache.ts';
import { SqliteRoomStore } from './storage/sqlite.ts';
import { ViewerSocketHandler, type ViewerSocketPorts } from './viewer-socket-handler.ts';

/**
 * The Durable Object of one agent: decode → core → effects. It hibernates between messages, so everything
 * here can be made again from the store and from the attachments of the sockets.
 */
export class AgentRoom extends DurableObject<Env> implements RoomRpc {
  readonly #sockets: HibernatingSockets<RoomSocket>;
  readonly #meter: Meter;
  readonly #alarm: Alarm;
  readonly #historyPublisher: HistoryPublisher;
  readonly #lobbyPublisher: LobbyPublisher;
  readonly #viewerHandler: ViewerSocketHandler;
  readonly #rpcRequests: RpcRequestHandler;
  readonly #viewers: MemberSocketAuthenticator<RoomSocket>;
  readonly #keepers: KeeperSocketAuthenticator;
  readonly #connections: RoomSockets;
  readonly #store: SqliteRoomStore;
  readonly #rights: SqliteRightsCache;
  #room: RoomState;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sockets = new HibernatingSockets(ctx, AttachedRoomSocketSchema);
    this.#connections = new RoomSockets(this.#sockets);
    this.#meter = meterOf(ctx.id);
    this.#alarm = new Alarm(ctx.storage, this.#meter);
    this.#store = new SqliteRoomStore(ctx.storage, this.#meter);
    this.#rights = new SqliteRightsCache(ctx.storage, this.#meter);
    const current = (claims: MemberClaims) => authorizeMember(this.#room, this.#rights.currentClaims(claims));
    const apply = (event: RoomEvent) => this.#apply(event);
    const room = () => this.#room;
    this.#historyPublisher = new HistoryPublisher({
      writer: historyIn(env.DB),
      room,
      recording: (ask) => this.recording(ask),
      agentWritten: (agent) => apply({ type: 'agent-written', agent }),
      stepsWritten: (upTo, refused) => apply({ type: 'steps-written', upTo, refused }),
    });
    this.#lobbyPublisher = new LobbyPublisher({ lobby: (team) => lobbyOf(env, team), room, apply });
    const refused = (...what: Parameters<ViewerSocketPorts['refused']>) =>
      ctx.waitUntil(this.#lobbyPublisher.auditRefusal(...what, Date.now()));
    const now = (claims: Claims) => this.#viewers.currentClaims(claims);
    this.#rpcRequests = new RpcRequestHandler({
      room,
      apply,
      currentClaims: now,
      writes: this.#sockets.writes,
      refused,
    });
    this.#viewerHandler = new ViewerSocketHandler({
      sockets: this.#connections,
      room,
      apply,
      refused,
      disconnected: (connection) => this.#disconnect(connection),
    });
    const verify = roomMemberVerifier(env, () => this.#room.durable?.placement.spec.agentUid);
    this.#viewers = new MemberSocketAuthenticator(
      this.#sockets,
      'viewer',
      verify,
      current,
      this.#viewerHandler,
    );
    this.#keepers = new KeeperSocketAuthenticator(this.#sockets, apply);
    this.#room = this.wake();
    ctx.blockConcurrencyWhile(() => this.#alarm.load());
  }

  /** Protected, like `decide` and `commit`: the simulation's subclass observes them and plants faults. */
  protected wake(): RoomState {
    this.#connections.restore();
    const sockets = { viewers: this.#connections.restoredViewers(), keeper: this.#keepers.restoredKeeper() };
    return restoreRoom(this.#store.load(), sockets, recordingLimits(this.env));
  }

  /** A canonical socket (G1): of this agent's keeper, or of a viewer. */
  override async fetch(request: Request): Promise<Response> {
    const presented = readClaims(request.headers);
    const claims = presented.ok ? this.#viewers.currentClaims(presented.value) : presented;
    if (!claims.ok) return refuseSocket(claims.error);
    const { durable } = this.#room;
    if (durable === null) return refuseSocket(wireError('AGENT_NOT_FOUND', 'There is no such agent'));
    const now = Date.now();
    if (new URL(request.url).pathname.startsWith('/ws/keepers/')) {
      const keeper = this.#keepers.accept(claims.value, durable, now);
      if (keeper.socket !== null) this.#connections.add(keeper.connectionId, keeper.socket);
      return keeper.response;
    }
    const full = this.#viewerHandler.refusal(claims.value, this.#viewers.unauthenticatedCount);
    if (full !== null) return refuseSocket(full, CLOSE.tryAgainLater);
    const clientId = clientOf(request);
    if (!clientId.ok) return refuseSocket(clientId.error);
    const address = readAddress(request.headers);
    const data: RoomSocket = { role: 'viewer', clientId: clientId.value, address, subscription: null };
    const viewer = this.#viewers.accept(claims.value, durable.team, data, now);
    this.#connections.add(viewer.connectionId, viewer.socket);
    this.#viewers.welcome(viewer.socket, now);
    this.#schedule();
    return viewer.response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void | Promise<void> {
    this.#meter.countMessage();
    const attached = this.#sockets.read(socket);
    if (attached === null) return this.#sockets.close(socket, CLOSE.restart);
    if (attached.data.role === 'keeper')
      return this.#keepers.handleMessage(socket, attached, message, Date.now());
    return this.#viewers.handleMessage(socket, message, Date.now());
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.answerClose(socket, code);
    this.#handleClosed(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#handleClosed(socket);
  }

  override async alarm(): Promise<void> {
    this.#meter.countAlarm();
    // Begun first: what is being written must not set the next alarm.
    const writing = this.#historyPublisher.write(Date.now());
    this.#alarm.fire(() => {
      this.#viewers.handleAlarm(Date.now());
      this.#apply({ type: 'alarm' });
    });
    this.#schedule();
    await writing;
    this.#schedule();
  }

  async place(team: TeamId, placement: Placement, host?: HostKeyState): Promise<void> {
    // The lobby takes no notice: it has no such agent.
    if (this.#room.deleted) throw new Error('N1: the agent was deleted');
    this.#apply({ type: 'placed', team, placement });
    if (host !== undefined) this.#apply({ type: 'host-key-changed', hostId: placement.spec.hostId, ...host });
  }

  async bury(agentUid: AgentUid): Promise<void> {
    if (this.#room.durable !== null && this.#room.durable.placement.spec.agentUid !== agentUid) return;
    if (this.#room.deleted) return;
    this.#closeAll();
    this.#rpcRequests.closeAll();
    if (this.#room.durable !== null) this.#apply({ type: 'deleted' });
    // X8, A1: audit and history leave before the rows do. If lobby or D1 is unreachable, the lobby deletes the room again.
    await this.#historyPublisher.writeAll(Date.now());
    await this.#lobbyPublisher.flushAudit();
    this.#store.delete();
    this.#alarm.clear();
    // Again: sockets that came during the two awaits.
    this.#closeAll();
    this.#rpcRequests.closeAll();
    this.#room = this.wake();
  }

  #closeAll(): void {
    for (const connection of this.#connections.connections()) {
      this.#connections.close(connection, CLOSE.notFound, 'AGENT_NOT_FOUND');
      this.#connections.remove(connection);
      this.#viewers.handleDisconnect(connection);
    }
  }

  async standings(changes: readonly RightsChange[]): Promise<void> {
    this.#apply({ type: 'rights-changed', changes });
  }

  async state(): Promise<AgentState | null> {
    const { durable } = this.#room;
    return durable === null ? null : agentState(this.#room, durable);
  }

  async command(commandId: string): Promise<CommandRow | null> {
    return commandRow(this.#room, commandId);
  }

  async recording(ask: RecordingQuery): Promise<RecordingChunk> {
    return readRecording(this.#room, ask, this.#store);
  }

  async usage(): Promise<Usage> {
    return this.#meter.usage;
  }

  async request(...call: Parameters<RoomRpc['request']>): Promise<Ack> {
    return this.#rpcRequests.request(...call);
  }

  #handleClosed(socket: WebSocket): void {
    const connection = this.#sockets.read(socket)?.connectionId;
    if (connection !== undefined) this.#disconnect(connection);
  }

  #disconnect(connection: ConnectionId): void {
    if (!this.#connections.remove(connection)) return;
    this.#viewers.handleDisconnect(connection);
    this.#apply({ type: 'disconnected', connection });
  }

  #apply(event: RoomEvent): void {
    const now = Date.now();
    const context: Context = {
      now,
      read: (slot) => this.#store.read(slot),
      readSnapshot: () => this.#store.readSnapshot(),
      readAudit: (after, most) => this.#store.readAudit(after, most),
      lastSeen: (connection) => this.#connections.lastSeen(connection),
      freshId: () => crypto.randomUUID(),
    };
    try {
      for (const effect of this.decide(this.#room, event, context)) this.#perform(effect, now);
    } catch (error) {
      // Memory may be ahead of the disk: the object starts again from the disk, and nothing more was acked.
      this.ctx.abort(`${event.type} failed: ${error instanceof Error ? error.message : 'unknown'}`);
      throw error;
    }
    this.#schedule();
  }

  #perform(effect: Effect, now: number): void {
    switch (effect.type) {
      case 'send': {
        const isHere = this.#connections.send(effect.to, frame(effect.message, now, effect.correlationId));
        if (!isHere && effect.message.type === 'ack')
          this.#rpcRequests.handleAck(effect.to, effect.message.payload);
        return;
      }
      case 'send-to-keeper':
        // Without id and time, which a keeper has no use for: on a key's way each costs time at both ends.
        this.#connections.send(effect.keeper, encodeMessage(effect.message));
        return;
      case 'forward':
        for (const connection of effect.to) this.#connections.send(connection, effect.bytes);
        return;
      case 'close':
        this.#connections.close(effect.connection, effect.code, effect.reason);
        this.#rpcRequests.handleClose(effect.connection);
        return this.#disconnect(effect.connection);
      case 'close-keepers':
        for (const connection of this.#keepers.ofHost(effect.hostId, effect.below))
          this.#perform({ ...effect, type: 'close', connection }, now);
        return;
      case 'cache-rights':
        return this.#rights.add(
          effect.changes.map((change) => cachedRights(change, now)),
          now,
        );
      case 'reauthorize':
        return this.#viewers.applyClaimChanges(now, (claims) => isAffected(claims, effect.changes));
      case 'attach-viewer':
        return this.#connections.setSubscription(effect.connection, effect.subscription);
      case 'attach-keeper':
        return this.#keepers.attach(this.#connections.get(effect.connection), effect.hello);
      case 'commit':
        return this.commit(effect.commit);
      case 'report':
        return this.ctx.waitUntil(this.#lobbyPublisher.sendReport(effect));
      case 'send-audit':
        return this.ctx.waitUntil(this.#lobbyPublisher.sendAudit(effect));
      case 'audit-refusal':
        this.ctx.waitUntil(this.#lobbyPublisher.sendRefusal(effect.entry, now));
    }
  }

  protected decide(room: RoomState, event: RoomEvent, context: Context): Effect[] {
    return handle(room, event, context);
  }

  protected commit(commit: Commit): void {
    this.#store.commit(commit);
  }

  #schedule(): void {
    this.#alarm.set(
      earliest({
        room: nextDeadline(this.#room),
        sockets: this.#viewers.nextDeadline,
        history: this.#historyPublisher.nextDeadline(),
      }),
    );
  }
}
