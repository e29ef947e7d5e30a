import { DurableObject } from 'cloudflare:workers';
import {
  type Ack,
  type AgentState,
  type AgentUid,
  CLOSE,
  type ClientId,
  ClientIdSchema,
  type CommandRow,
  encodeMessage,
  type Placement,
  type TeamId,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type Attempt, attempted, settled } from '../audit/entry.ts';
import { Refusals } from '../audit/refusals.ts';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import { type Env, lobbyOf, recordingLimits } from '../env.ts';
import { HistoryFlush } from '../history/flush.ts';
import type { CommandEvent, HistoryBatch } from '../history/types.ts';
import { historyIn } from '../history/write.ts';
import { inPortions, withOutput } from '../recording/printed.ts';
import type { RoomRpc } from '../rpc.ts';
import { Alarm, earliest } from '../socket/alarm.ts';
import { Callers } from '../socket/callers.ts';
import { frame } from '../socket/frame.ts';
import { readAddress, readClaims } from '../socket/handshake.ts';
import { MemberDoor } from '../socket/member-door.ts';
import { closedSocket, refuseSocket } from '../socket/refuse.ts';
import { Sockets } from '../socket/sockets.ts';
import { type Meter, meterOf, type Usage } from '../usage.ts';
import { AttachedRoomSocketSchema, type RoomSocket } from './attachment.ts';
import { untaken } from './core/outbox.ts';
import { type RecordingAsk, type RecordingPiece, readRecording } from './core/recording.ts';
import { handle, isFull, nextDuty } from './core/room.ts';
import { commandRow } from './core/show-commands.ts';
import { type RoomState, wakeRoom } from './core/state.ts';
import { agentState } from './core/summary.ts';
import {
  type ConnectionId,
  type Context,
  type Durable,
  type Effect,
  type Member,
  type RoomEvent,
  UNTOLD,
} from './core/types.ts';
import { KeeperDoor } from './keeper-door.ts';
import { SqliteRoomStore } from './store/sqlite.ts';

/** I1: what a member says over REST is of one client. */
const REST = ClientIdSchema.parse('rest');
/** A1: steps written to history at a time. */
const STEPS = 500;

/**
 * The Durable Object of one agent: decode → core → effects. It hibernates between messages, so everything
 * here can be made again from the store and from the attachments of the sockets.
 */
export class AgentRoom extends DurableObject<Env> implements RoomRpc {
  readonly #sockets: Sockets<RoomSocket>;
  readonly #meter: Meter;
  readonly #alarm: Alarm;
  readonly #history: HistoryFlush;
  readonly #viewers: MemberDoor<RoomSocket>;
  readonly #keepers: KeeperDoor;
  readonly #open = new Map<ConnectionId, WebSocket>();
  readonly #callers = new Callers();
  readonly #refusals = new Refusals();
  /** REST callers waiting for their ack. */
  readonly #asking = new Map<ConnectionId, (ack: Ack) => void>();
  #store: SqliteRoomStore;
  #room: RoomState;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sockets = new Sockets(ctx, AttachedRoomSocketSchema);
    this.#meter = meterOf(ctx.id);
    this.#alarm = new Alarm(ctx.storage, this.#meter);
    this.#history = new HistoryFlush(historyIn(env.DB));
    this.#store = new SqliteRoomStore(ctx.storage, this.#meter);
    const apply = (event: RoomEvent) => this.#apply(event);
    this.#viewers = new MemberDoor(this.#sockets, 'viewer', env.MUSTER_KEY, {
      joined: (connection, claims, by) => {
        if (by?.type === 'auth' && by.payload.clientId !== undefined)
          this.#nameClient(connection, by.payload.clientId);
        apply({ type: 'viewer-joined', connection, member: this.#member(connection, claims) });
      },
      refused: (connection, claims, message, error) =>
        this.#refused(this.#member(connection, claims), message, error),
      closed: (connection) => this.#gone(connection),
      said: (connection, message, id) =>
        apply({ type: 'viewer-said', connection, message, ...(id === undefined ? {} : { id }) }),
      typed: (connection, frame, bytes) => apply({ type: 'viewer-typed', connection, frame, bytes }),
    });
    this.#keepers = new KeeperDoor(this.#sockets, apply);
    this.#room = this.#wake();
    ctx.blockConcurrencyWhile(() => this.#alarm.load());
  }

  #wake(): RoomState {
    for (const socket of this.#sockets.all()) {
      const attached = this.#sockets.read(socket);
      if (attached === null) this.#sockets.close(socket, CLOSE.restart);
      else this.#open.set(attached.connectionId, socket);
    }
    const sockets = { viewers: this.#presentViewers(), keeper: this.#keepers.present() };
    return wakeRoom(this.#store.load(), sockets, recordingLimits(this.env));
  }

  /** A canonical socket (G1): of this agent's keeper, or of a viewer. */
  override async fetch(request: Request): Promise<Response> {
    const claims = readClaims(request.headers);
    if (!claims.ok) return refuseSocket(claims.error);
    const { durable } = this.#room;
    if (durable === null)
      return refuseSocket(wireError('AGENT_NOT_FOUND', 'agentId: there is no such agent'));
    const now = Date.now();
    const url = new URL(request.url);
    if (url.pathname.startsWith('/ws/keepers/')) {
      const keeper = this.#keepers.accept(claims.value, durable, now);
      if (keeper.socket !== null) this.#open.set(keeper.connectionId, keeper.socket);
      return keeper.response;
    }
    if (isFull(this.#room)) return closedSocket(CLOSE.tryAgainLater, 'RESOURCE_EXHAUSTED');
    const clientId = ClientIdSchema.safeParse(url.searchParams.get('client') ?? crypto.randomUUID());
    if (!clientId.success)
      return refuseSocket(wireError('INVALID_MESSAGE', 'client: has 1 to 128 characters'));
    const address = readAddress(request.headers);
    const data: RoomSocket = { role: 'viewer', clientId: clientId.data, address, subscription: null };
    const viewer = this.#viewers.accept(claims.value, durable.team, data, now);
    this.#open.set(viewer.connectionId, viewer.socket);
    this.#viewers.welcome(viewer.socket, now);
    this.#schedule();
    return viewer.response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void | Promise<void> {
    this.#meter.heard();
    const attached = this.#sockets.read(socket);
    if (attached === null) return this.#sockets.close(socket, CLOSE.restart);
    if (attached.data.role === 'keeper') return this.#keepers.said(socket, attached, message, Date.now());
    return this.#viewers.said(socket, message, Date.now());
  }

  #nameClient(connection: ConnectionId, clientId: ClientId): void {
    const socket = this.#open.get(connection);
    const attached = socket === undefined ? null : this.#sockets.read(socket);
    if (socket === undefined || attached?.data.role !== 'viewer') return;
    this.#sockets.attach(socket, { ...attached, data: { ...attached.data, clientId } });
  }

  #member(connection: ConnectionId, claims: MemberClaims): Member {
    const socket = this.#open.get(connection);
    const data = socket === undefined ? undefined : this.#sockets.read(socket)?.data;
    const clientId = data?.role === 'viewer' ? data.clientId : ClientIdSchema.parse(connection);
    const address = data?.role === 'viewer' ? data.address : null;
    return { id: claims.member, name: claims.name, role: claims.role, clientId, address };
  }

  /** S7: the viewers that slept with the room, each where its attachment says. */
  #presentViewers() {
    return [...this.#open].flatMap(([connection, socket]) => {
      const attached = this.#sockets.read(socket);
      if (attached?.data.role !== 'viewer' || attached.auth.state !== 'member') return [];
      const { subscription } = attached.data;
      return [{ connection, member: this.#member(connection, attached.auth.claims), subscription }];
    });
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.answerClose(socket, code);
    this.#left(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#left(socket);
  }

  override async alarm(): Promise<void> {
    this.#meter.rang();
    // Begun first: what is being written is no duty of the next alarm.
    const writing = this.#writeHistory(Date.now());
    this.#alarm.ring(() => {
      this.#viewers.alarm(Date.now());
      this.#apply({ type: 'alarm' });
    });
    this.#schedule();
    await writing;
  }

  /** A1: what commands did, where it is due. */
  async #writeHistory(now: number): Promise<void> {
    const { durable } = this.#room;
    const [events = []] = inPortions(untaken(this.#room, STEPS));
    const due = this.#history.due(events[0]);
    if (durable === null || due === null || due > now) return;
    const taken = await this.#history.write(() => this.#batch(durable, events), now);
    if (taken === null) this.#schedule();
    else this.#apply({ type: 'events-taken', upTo: taken });
  }

  async #batch({ team, placement }: Durable, events: readonly CommandEvent[]): Promise<HistoryBatch> {
    const { agentId } = placement.spec;
    return { team, agentId, events: await withOutput(events, (ask) => this.recording(ask)) };
  }

  async place(team: TeamId, placement: Placement, host = UNTOLD): Promise<void> {
    this.#apply({ type: 'placed', team, placement, host });
    const { durable } = this.#room;
    if (durable === null) return;
    for (const close of this.#keepers.outdated(durable)) this.#perform(close, Date.now());
  }

  async bury(agentUid: AgentUid): Promise<void> {
    if (this.#room.durable !== null && this.#room.durable.placement.spec.agentUid !== agentUid) return;
    for (const [connection, socket] of this.#open) {
      this.#sockets.close(socket, CLOSE.notFound, 'AGENT_NOT_FOUND');
      this.#viewers.left(connection);
    }
    this.#open.clear();
    if (this.#room.durable !== null) this.#apply({ type: 'buried' });
    await this.#noteAll();
    await this.ctx.storage.deleteAll();
    this.#alarm.clear();
    this.#store = new SqliteRoomStore(this.ctx.storage, this.#meter);
    this.#room = this.#wake();
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

  /** A viewer message without a socket: it joins, says one thing, hears its ack and leaves. */
  async request(
    claims: Claims,
    message: ViewerMessage,
    id: string,
    address: string | null = null,
    clientId = REST,
  ): Promise<Ack> {
    const refuse = (error: ReturnType<typeof wireError>): Ack => ({ messageId: id, success: false, error });
    if (claims.kind !== 'member') return refuse(wireError('INSUFFICIENT_PERMISSIONS', 'a host may not'));
    const limited = this.#callers.refusal(claims.member, Date.now());
    if (limited !== null) return refuse(limited);
    if (this.#room.durable === null)
      return refuse(wireError('AGENT_NOT_FOUND', 'agentId: there is no such agent', { field: 'agentId' }));
    const connection = `rest:${crypto.randomUUID()}`;
    const { name, role } = claims;
    const member: Member = { id: claims.member, name, role, clientId, address };
    try {
      return await new Promise<Ack>((resolve) => {
        this.#asking.set(connection, resolve);
        this.#apply({ type: 'viewer-joined', connection, member, passing: true });
        this.#apply({ type: 'viewer-said', connection, message, id });
      });
    } finally {
      this.#asking.delete(connection);
      this.#apply({ type: 'left', connection });
    }
  }

  #left(socket: WebSocket): void {
    const connection = this.#sockets.read(socket)?.connectionId;
    if (connection !== undefined) this.#gone(connection);
  }

  #gone(connection: ConnectionId): void {
    if (!this.#open.delete(connection)) return;
    this.#viewers.left(connection);
    this.#apply({ type: 'left', connection });
  }

  #apply(event: RoomEvent): void {
    const now = Date.now();
    const context: Context = {
      now,
      read: (slot) => this.#store.read(slot),
      readSnapshot: () => this.#store.readSnapshot(),
      seen: (connection) => {
        const socket = this.#open.get(connection);
        return socket === undefined ? 0 : this.#sockets.lastHeard(socket);
      },
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
        const socket = this.#open.get(effect.to);
        if (socket !== undefined)
          this.#sockets.send(socket, frame(effect.message, now, effect.correlationId));
        else if (effect.message.type === 'ack') this.#asking.get(effect.to)?.(effect.message.payload);
        return;
      }
      case 'tell':
        // Without id and time, which a keeper has no use for: on a key's way each costs time at both ends.
        return this.#to(effect.keeper, encodeMessage(effect.message));
      case 'forward':
        for (const connection of effect.to) this.#to(connection, effect.bytes);
        return;
      case 'close': {
        const socket = this.#open.get(effect.connection);
        if (socket === undefined) return;
        this.#sockets.close(socket, effect.code, effect.reason);
        return this.#left(socket);
      }
      case 'attach-viewer':
        return this.#attachViewer(effect);
      case 'attach-keeper':
        return this.#keepers.attach(this.#open.get(effect.connection), effect.hello);
      case 'commit':
        return this.#store.commit(effect.commit);
      case 'report':
        return this.ctx.waitUntil(this.#report(effect));
      case 'note':
        this.ctx.waitUntil(this.#note(effect));
    }
  }

  #attachViewer({ connection, subscription }: Extract<Effect, { type: 'attach-viewer' }>): void {
    const socket = this.#open.get(connection);
    const attached = socket === undefined ? null : this.#sockets.read(socket);
    if (socket === undefined || attached?.data.role !== 'viewer') return;
    this.#sockets.attach(socket, { ...attached, data: { ...attached.data, subscription } });
  }

  #to(connection: ConnectionId, data: string | Uint8Array): void {
    const socket = this.#open.get(connection);
    if (socket !== undefined) this.#sockets.send(socket, data);
  }

  async #report({ revision, summary }: Extract<Effect, { type: 'report' }>): Promise<void> {
    const { durable } = this.#room;
    if (durable === null) return;
    const { spec, generation } = durable.placement;
    const report = { agentUid: spec.agentUid, generation, summaryRevision: revision, summary };
    let held: number | null = null;
    try {
      held = await lobbyOf(this.env, durable.team).report(report);
    } catch {
      // R3: the alarm tells it again.
    }
    this.#apply({ type: 'reported', revision: held });
  }

  /** X8, A1: before it is gone. @throws Error when lobby or D1 cannot be reached; the lobby then buries it again */
  async #noteAll(): Promise<void> {
    const { durable, audit, outbox } = this.#room;
    if (durable === null) return;
    const { agentUid } = durable.placement.spec;
    const [first] = audit.waiting;
    const entries = audit.waiting.map(({ entry }) => entry);
    if (first !== undefined) await lobbyOf(this.env, durable.team).noteOf(agentUid, first.number, entries);
    for (const events of inPortions(outbox))
      await historyIn(this.env.DB).write(await this.#batch(durable, events));
  }

  /** X8: on record with the lobby. */
  async #note({ first, entries }: Extract<Effect, { type: 'note' }>): Promise<void> {
    const { durable } = this.#room;
    if (durable === null) return;
    let held: number | null = null;
    try {
      held = await lobbyOf(this.env, durable.team).noteOf(durable.placement.spec.agentUid, first, entries);
    } catch {
      // The alarm tells it again.
    }
    this.#apply({ type: 'noted', held });
  }

  /** X8: the lobby puts it on record, as far as it can be reached: nothing came of it, so nothing waits for that. */
  #refused(member: Member, message: Attempt, error: WireError): void {
    const { durable } = this.#room;
    if (durable === null) return;
    const now = Date.now();
    const entry = settled(attempted(member, message, durable.placement.spec), error, now);
    const refusal = this.#refusals.admit({ entry, others: 0 }, now);
    if (refusal === null) return;
    const told = lobbyOf(this.env, durable.team).refused(refusal);
    this.ctx.waitUntil(told.catch(() => undefined));
  }

  #schedule(): void {
    const history = this.#history.due(untaken(this.#room, 1)[0]);
    this.#alarm.set(earliest({ room: nextDuty(this.#room), sockets: this.#viewers.due, history }));
  }
}
