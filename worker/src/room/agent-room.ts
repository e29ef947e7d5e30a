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
import { applyChanges, type Claims, type MemberClaims, type RightsChange } from '../auth/claims.ts';
import { roomMemberVerifier } from '../auth/guard-member.ts';
import { type Env, lobbyOf, recordingLimits } from '../env.ts';
import { historyIn } from '../history/write.ts';
import type { RoomRpc } from '../rpc.ts';
import { Alarm, earliest } from '../socket/alarm.ts';
import { frame } from '../socket/frame.ts';
import { clientOf, readAddress, readClaims } from '../socket/handshake.ts';
import { MemberDoor } from '../socket/member-door.ts';
import { refuseSocket } from '../socket/refuse.ts';
import { Sockets } from '../socket/sockets.ts';
import { type Meter, meterOf, type Usage } from '../usage.ts';
import { AttachedRoomSocketSchema, type RoomSocket } from './attachment.ts';
import { CallersDesk } from './callers-desk.ts';
import { type RecordingAsk, type RecordingPiece, readRecording } from './core/recording.ts';
import { handle, nextDuty } from './core/room.ts';
import { commandRow } from './core/show-commands.ts';
import { keptStanding, letIn } from './core/standings.ts';
import { type RoomState, wakeRoom } from './core/state.ts';
import { agentState } from './core/summary.ts';
import { type ConnectionId, type Context, type Effect, type RoomEvent, UNTOLD } from './core/types.ts';
import { HistoryDesk } from './history-desk.ts';
import { KeeperDoor } from './keeper-door.ts';
import { LobbyDesk } from './lobby-desk.ts';
import { OpenSockets } from './open-sockets.ts';
import { Seats } from './seats.ts';
import { SqliteRoomStore } from './store/sqlite.ts';
import { SqliteStandings } from './store/standings.ts';
import { ViewerDesk, type ViewerDeskPorts } from './viewer-desk.ts';

/**
 * The Durable Object of one agent: decode → core → effects. It hibernates between messages, so everything
 * here can be made again from the store and from the attachments of the sockets.
 */
export class AgentRoom extends DurableObject<Env> implements RoomRpc {
  readonly #sockets: Sockets<RoomSocket>;
  readonly #meter: Meter;
  readonly #alarm: Alarm;
  readonly #history: HistoryDesk;
  readonly #lobby: LobbyDesk;
  readonly #seats: Seats;
  readonly #callers: CallersDesk;
  readonly #viewers: MemberDoor<RoomSocket>;
  readonly #keepers: KeeperDoor;
  readonly #open: OpenSockets;
  readonly #store: SqliteRoomStore;
  readonly #standings: SqliteStandings;
  #room: RoomState;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sockets = new Sockets(ctx, AttachedRoomSocketSchema);
    this.#open = new OpenSockets(this.#sockets);
    this.#meter = meterOf(ctx.id);
    this.#alarm = new Alarm(ctx.storage, this.#meter);
    this.#store = new SqliteRoomStore(ctx.storage, this.#meter);
    this.#standings = new SqliteStandings(ctx.storage, this.#meter);
    const current = (claims: MemberClaims) => letIn(this.#room, this.#standings.after(claims));
    const apply = (event: RoomEvent) => this.#apply(event);
    const room = () => this.#room;
    this.#history = new HistoryDesk({
      writer: historyIn(env.DB),
      room,
      recording: (ask) => this.recording(ask),
      known: (agent) => apply({ type: 'agent-known', agent }),
      taken: (upTo, refused) => apply({ type: 'events-taken', upTo, refused }),
    });
    this.#lobby = new LobbyDesk({ lobby: (team) => lobbyOf(env, team), room, apply });
    const refused = (...what: Parameters<ViewerDeskPorts['refused']>) =>
      ctx.waitUntil(this.#lobby.refused(...what, Date.now()));
    const now = (claims: Claims) => this.#viewers.current(claims);
    this.#callers = new CallersDesk({ room, apply, current: now, writes: this.#sockets.writes, refused });
    this.#seats = new Seats(this.#sockets, this.#open, room, apply);
    const desk = new ViewerDesk({
      seats: this.#seats,
      apply,
      refused,
      gone: (connection) => this.#gone(connection),
    });
    const verify = roomMemberVerifier(env, () => this.#room.durable?.placement.spec.agentUid);
    this.#viewers = new MemberDoor(this.#sockets, 'viewer', verify, current, desk);
    this.#keepers = new KeeperDoor(this.#sockets, apply);
    this.#room = this.#wake();
    ctx.blockConcurrencyWhile(() => this.#alarm.load());
  }

  #wake(): RoomState {
    this.#open.wake();
    const sockets = { viewers: this.#seats.present(), keeper: this.#keepers.present() };
    return wakeRoom(this.#store.load(), sockets, recordingLimits(this.env));
  }

  /** A canonical socket (G1): of this agent's keeper, or of a viewer. */
  override async fetch(request: Request): Promise<Response> {
    const said = readClaims(request.headers);
    const claims = said.ok ? this.#viewers.current(said.value) : said;
    if (!claims.ok) return refuseSocket(claims.error);
    const { durable } = this.#room;
    if (durable === null) return refuseSocket(wireError('AGENT_NOT_FOUND', 'There is no such agent'));
    const now = Date.now();
    if (new URL(request.url).pathname.startsWith('/ws/keepers/')) {
      const keeper = this.#keepers.accept(claims.value, durable, now);
      if (keeper.socket !== null) this.#open.add(keeper.connectionId, keeper.socket);
      return keeper.response;
    }
    const full = this.#seats.refusal(claims.value, this.#viewers.waiting);
    if (full !== null) return refuseSocket(full, CLOSE.tryAgainLater);
    const clientId = clientOf(request);
    if (!clientId.ok) return refuseSocket(clientId.error);
    const address = readAddress(request.headers);
    const data: RoomSocket = { role: 'viewer', clientId: clientId.value, address, subscription: null };
    const viewer = this.#viewers.accept(claims.value, durable.team, data, now);
    this.#open.add(viewer.connectionId, viewer.socket);
    this.#viewers.welcome(viewer.socket, now);
    this.#schedule();
    return viewer.response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void | Promise<void> {
    this.#meter.countMessage();
    const attached = this.#sockets.read(socket);
    if (attached === null) return this.#sockets.close(socket, CLOSE.restart);
    if (attached.data.role === 'keeper') return this.#keepers.said(socket, attached, message, Date.now());
    return this.#viewers.said(socket, message, Date.now());
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.answerClose(socket, code);
    this.#left(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#left(socket);
  }

  override async alarm(): Promise<void> {
    this.#meter.countAlarm();
    // Begun first: what is being written is no duty of the next alarm.
    const writing = this.#history.write(Date.now());
    this.#alarm.ring(() => {
      this.#viewers.alarm(Date.now());
      this.#apply({ type: 'alarm' });
    });
    this.#schedule();
    await writing;
    this.#schedule();
  }

  async place(team: TeamId, placement: Placement, host = UNTOLD): Promise<void> {
    // The lobby takes no notice: it has no such agent.
    if (this.#room.buried) throw new Error('N1: the agent was deleted');
    this.#apply({ type: 'placed', team, placement, host });
    const { durable } = this.#room;
    if (durable === null) return;
    for (const close of this.#keepers.outdated(durable)) this.#perform(close, Date.now());
    // X5: other labels, others who may see it.
    this.#viewers.follow(Date.now(), ({ agents }) => agents.length > 0);
  }

  async bury(agentUid: AgentUid): Promise<void> {
    if (this.#room.durable !== null && this.#room.durable.placement.spec.agentUid !== agentUid) return;
    if (this.#room.buried) return;
    this.#closeAll();
    this.#callers.closeAll();
    if (this.#room.durable !== null) this.#apply({ type: 'buried' });
    // X8, A1: told before it is gone; where lobby or D1 cannot be reached the lobby buries it again.
    await this.#history.writeAll(Date.now());
    await this.#lobby.noteAll();
    this.#store.bury();
    this.#alarm.clear();
    // Again: who came while it was told.
    this.#closeAll();
    this.#callers.closeAll();
    this.#room = this.#wake();
  }

  #closeAll(): void {
    for (const connection of this.#open.connections()) {
      this.#open.close(connection, CLOSE.notFound, 'AGENT_NOT_FOUND');
      this.#open.remove(connection);
      this.#viewers.left(connection);
    }
  }

  async standings(changes: readonly RightsChange[]): Promise<void> {
    if (this.#room.durable === null) return;
    const now = Date.now();
    this.#standings.add(
      changes.map((change) => keptStanding(change, now)),
      now,
    );
    this.#viewers.follow(now, (claims) => applyChanges(claims, changes) !== claims);
    this.#schedule();
  }

  async state(): Promise<AgentState | null> {
    const { durable } = this.#room;
    return durable === null ? null : agentState(this.#room, durable);
  }

  async command(commandId: string): Promise<CommandRow | null> {
    return commandRow(this.#room, commandId);
  }

  async recording(ask: RecordingAsk): Promise<RecordingPiece> {
    return readRecording(this.#room, ask, this.#store);
  }

  async usage(): Promise<Usage> {
    return this.#meter.usage;
  }

  async request(...said: Parameters<RoomRpc['request']>): Promise<Ack> {
    return this.#callers.request(...said);
  }

  #left(socket: WebSocket): void {
    const connection = this.#sockets.read(socket)?.connectionId;
    if (connection !== undefined) this.#gone(connection);
  }

  #gone(connection: ConnectionId): void {
    if (!this.#open.remove(connection)) return;
    this.#viewers.left(connection);
    this.#apply({ type: 'left', connection });
  }

  #apply(event: RoomEvent): void {
    const now = Date.now();
    const context: Context = {
      now,
      read: (slot) => this.#store.read(slot),
      readSnapshot: () => this.#store.readSnapshot(),
      readAudit: (after, most) => this.#store.readAudit(after, most),
      seen: (connection) => this.#open.lastHeard(connection),
      freshId: () => crypto.randomUUID(),
    };
    try {
      for (const effect of handle(this.#room, event, context)) this.#perform(effect, now);
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
        const isHere = this.#open.send(effect.to, frame(effect.message, now, effect.correlationId));
        if (!isHere && effect.message.type === 'ack') this.#callers.answer(effect.to, effect.message.payload);
        return;
      }
      case 'tell':
        // Without id and time, which a keeper has no use for: on a key's way each costs time at both ends.
        this.#open.send(effect.keeper, encodeMessage(effect.message));
        return;
      case 'forward':
        for (const connection of effect.to) this.#open.send(connection, effect.bytes);
        return;
      case 'close':
        this.#open.close(effect.connection, effect.code, effect.reason);
        this.#callers.closed(effect.connection);
        return this.#gone(effect.connection);
      case 'attach-viewer':
        return this.#seats.follow(effect.connection, effect.subscription);
      case 'attach-keeper':
        return this.#keepers.attach(this.#open.get(effect.connection), effect.hello);
      case 'commit':
        return this.#store.commit(effect.commit);
      case 'report':
        return this.ctx.waitUntil(this.#lobby.report(effect));
      case 'note':
        return this.ctx.waitUntil(this.#lobby.note(effect));
      case 'refused':
        this.ctx.waitUntil(this.#lobby.count(effect.entry, now));
    }
  }

  #schedule(): void {
    this.#alarm.set(
      earliest({ room: nextDuty(this.#room), sockets: this.#viewers.due, history: this.#history.due() }),
    );
  }
}
