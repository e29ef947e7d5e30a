import { DurableObject } from 'cloudflare:workers';
import {
  type Ack,
  type AgentState,
  type AgentUid,
  CLOSE,
  type CommandRow,
  type ConversationState,
  type ConversationSummary,
  encodeMessage,
  type HostAnswer,
  type HostQuery,
  type Placement,
  type RequestCard,
  type StoredItem,
  type StoredPolicy,
  type TeamId,
} from '@muster/protocol';
import type { Claims, HostKeyState, MemberClaims, RightsChange } from '../auth/claims.ts';
import { roomMemberVerifier } from '../auth/guard-member.ts';
import { type Env, lobbyOf, recordingLimits } from '../env.ts';
import { historyIn } from '../history/write.ts';
import type { ItemPage, RoomRpc } from '../rpc.ts';
import { Alarm } from '../socket/alarm.ts';
import { earliest } from '../socket/deadlines.ts';
import { frame } from '../socket/frame.ts';
import { clientOf, knowsConversations, readAddress, readClaims } from '../socket/handshake.ts';
import { HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { MemberSocketAuthenticator } from '../socket/member-socket-authenticator.ts';
import { answerRefusal, refuseSocket } from '../socket/refuse.ts';
import { type Meter, meterOf, type Usage } from '../usage.ts';
import { commandRow } from './core/commands/index.ts';
import { conversationList, findCard, findConversation, itemPage } from './core/conversations/index.ts';
import { findFile, type WholeFile } from './core/files/index.ts';
import { handle, nextDeadline } from './core/handle.ts';
import { admitKeeper } from './core/keeper/index.ts';
import { placementRefusal } from './core/placement.ts';
import { policyOf } from './core/policy/index.ts';
import { type RecordingChunk, type RecordingQuery, readRecording } from './core/recording/index.ts';
import { currentState } from './core/reporting/index.ts';
import { type RoomState, restoreRoom } from './core/state.ts';
import type { Commit, ConnectionId, Context, Effect, RoomEvent } from './core/types.ts';
import { admitViewer, authorizeMember, cachedRights, isAffected } from './core/viewers/index.ts';
import { HistoryPublisher } from './history-publisher.ts';
import { HostQueries } from './host-queries.ts';
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
  readonly #hostQueries = new HostQueries();
  readonly #viewers: MemberSocketAuthenticator<RoomSocket>;
  readonly #keepers: KeeperSocketAuthenticator;
  readonly #connections: RoomSockets;
  readonly #store: SqliteRoomStore;
  readonly #rights: SqliteRightsCache;
  #room: RoomState;
  /** The newest `flush`, until its deletion has read it. */
  #flushed: Promise<void> | null = null;

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
      apply,
      currentClaims: now,
      writes: this.#sockets.writes,
      refused,
    });
    this.#viewerHandler = new ViewerSocketHandler({
      sockets: this.#connections,
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
    const isKeeper = new URL(request.url).pathname.startsWith('/ws/keepers/');
    return isKeeper ? this.#acceptKeeper(claims.value) : this.#acceptViewer(claims.value, request);
  }

  #acceptKeeper(claims: Claims | null): Response {
    const admitted = admitKeeper(this.#room, claims);
    if (!admitted.ok) return answerRefusal(admitted.error);
    const keeper = this.#keepers.accept(admitted.value, Date.now());
    this.#connections.add(keeper.connectionId, keeper.socket);
    return keeper.response;
  }

  #acceptViewer(claims: Claims | null, request: Request): Response {
    if (claims?.kind === 'member')
      this.#apply({ type: 'admission-requested', member: { id: claims.member, role: claims.role } });
    const admitted = admitViewer(this.#room, claims, () => this.#viewers.unauthenticatedCount);
    if (!admitted.ok) return answerRefusal(admitted.error);
    const clientId = clientOf(request);
    if (!clientId.ok) return refuseSocket(clientId.error);
    const address = readAddress(request.headers);
    const data: RoomSocket = {
      role: 'viewer',
      ...{ clientId: clientId.value, address, subscription: null },
      chats: knowsConversations(request),
      reads: [],
    };
    const now = Date.now();
    const viewer = this.#viewers.accept(claims, admitted.value, data, now);
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
    const refusal = placementRefusal(this.#room);
    if (refusal !== null) throw new Error(refusal);
    this.#apply({ type: 'placed', team, placement });
    if (host !== undefined) this.#apply({ type: 'host-key-changed', hostId: placement.spec.hostId, ...host });
  }

  async bury(agentUid: AgentUid): Promise<void> {
    this.#flushed = null;
    this.#apply({ type: 'deleted', agentUid });
    await this.#flushed;
  }

  /** @throws Error when history or lobby cannot be reached */
  async #flush(): Promise<void> {
    await this.#historyPublisher.writeAll(Date.now());
    await this.#lobbyPublisher.flushAudit();
    this.#apply({ type: 'flushed' });
  }

  #erase(): void {
    this.#store.delete();
    this.#alarm.clear();
    this.#room = this.wake();
  }

  #closeAll({ code, error }: Extract<Effect, { type: 'close-all' }>): void {
    for (const connection of this.#connections.connections()) {
      this.#connections.close(connection, code, error.code);
      this.#connections.remove(connection);
      this.#viewers.handleDisconnect(connection);
    }
    this.#rpcRequests.closeAll(error);
  }

  async standings(changes: readonly RightsChange[]): Promise<void> {
    this.#apply({ type: 'rights-changed', changes });
  }

  async state(): Promise<AgentState | null> {
    return currentState(this.#room);
  }

  async command(commandId: string): Promise<CommandRow | null> {
    return commandRow(this.#room, commandId);
  }

  async conversations(): Promise<ConversationSummary[]> {
    const { durable } = this.#room;
    return durable === null ? [] : conversationList(this.#room, durable);
  }

  async conversation(conversationId: string): Promise<ConversationState | null> {
    return findConversation(this.#room, conversationId);
  }

  async items(page: ItemPage): Promise<StoredItem[] | null> {
    return itemPage(this.#room, this.#store, page);
  }

  async permission(permissionId: string): Promise<RequestCard | null> {
    return findCard(this.#room, permissionId);
  }

  async policy(): Promise<StoredPolicy | null> {
    const { durable } = this.#room;
    return durable === null ? null : policyOf(durable);
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

  async upload(...call: Parameters<RoomRpc['upload']>): Promise<Ack> {
    return this.#rpcRequests.upload(...call);
  }

  async file(conversationId: string, fileId: string): Promise<WholeFile | null> {
    return findFile(this.#room, this.#store, conversationId, fileId);
  }

  async askHost(query: HostQuery): Promise<HostAnswer> {
    return this.#hostQueries.ask(query, (queryId) => this.#apply({ type: 'host-asked', queryId, query }));
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
      readItem: (conversationId, itemId) => this.#store.readItem(conversationId, itemId),
      readItems: (query) => this.#store.readItems(query),
      readFile: (fileId, offset, length) => this.#store.readFile(fileId, offset, length),
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
      case 'host-answered':
        return this.#hostQueries.answer(effect.queryId, effect.answer);
      case 'forward':
        for (const connection of effect.to) this.#connections.send(connection, effect.bytes);
        return;
      case 'close':
        this.#connections.close(effect.connection, effect.code, effect.reason);
        this.#rpcRequests.handleClose(effect.connection);
        return this.#disconnect(effect.connection);
      case 'close-all':
        return this.#closeAll(effect);
      case 'flush':
        this.#flushed = this.#flush();
        return;
      case 'erase':
        return this.#erase();
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
      case 'attach-reads':
        return this.#connections.setReads(effect.connection, effect.reads);
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
      earliest([nextDeadline(this.#room), this.#viewers.nextDeadline, this.#historyPublisher.nextDeadline()]),
    );
  }
}
