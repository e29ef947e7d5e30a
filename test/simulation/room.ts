import { CLOSE, type Placement, type RoomSummary, type TeamId, type ViewerMessage } from '@muster/protocol';
import { earliest } from '../../agent-runner/src/keeper/stream/time.ts';
import { earliestDeadline, handle, nextDeadline } from '../../worker/src/agent-room/core/handle.ts';
import { summaryOf } from '../../worker/src/agent-room/core/reporting/summary.ts';
import { type RoomState, restoreRoom } from '../../worker/src/agent-room/core/state.ts';
import type { Effect, RoomEvent } from '../../worker/src/agent-room/core/types.ts';
import { MemoryRoomStore } from '../../worker/src/agent-room/storage/memory.ts';
import type { RoomReport } from '../../worker/src/rpc.ts';
import { ALARM_RETRY, holdRung } from './alarm.ts';
import type { Checks } from './checks.ts';
import { CommandOracle } from './command-oracle.ts';
import type { CommandTruth } from './command-truth.ts';
import { Credit } from './credit.ts';
import { type Link, type Packet, packed } from './link.ts';
import type { RequestOracle } from './request-oracle.ts';
import { roomEventOf } from './room-events.ts';
import { RoomOracle } from './room-oracle.ts';
import { forward, holdAttachments, memberOf, restoredSockets, type Socket } from './room-sockets.ts';
import { burn, type Server } from './server.ts';
import type { Truth } from './truth.ts';

export interface RoomSetting {
  readonly truth: Truth;
  readonly commands: CommandTruth;
  readonly checks: Checks;
  readonly codec: boolean;
  readonly requests: RequestOracle;
  /** R3: tells the lobby, which answers by `reported`. */
  readonly report: (room: RoomEnd, report: RoomReport) => void;
}

/** A room, as the rest of a world meets it. */
export type RoomEnd = Pick<Room, keyof Room>;

/** A Durable Object: the real core, a store that survives, sockets with attachments. */
export class Room implements Server {
  private readonly sockets = new Map<string, Socket>();
  oracle: RoomOracle;
  commands: CommandOracle;
  /** Events that changed the core's state. */
  events = 0;
  commits = 0;
  fuse: number | null = null;
  protected store = new MemoryRoomStore();
  private deleted = false;
  protected state: RoomState;
  private readonly setting: RoomSetting;
  private alarmAt: number | null = null;
  private ids = 0;
  /** A close is an event within an event. */
  private depth = 0;
  private keeper: string | null = null;

  constructor(setting: RoomSetting) {
    this.setting = setting;
    this.oracle = this.newOracle();
    this.commands = new CommandOracle(setting.checks, setting.commands);
    this.state = this.wake();
  }

  /** What it stored and told is gone with its agent (N1); what it was asked is not: I1 holds for good. */
  private newOracle(): RoomOracle {
    const { checks, truth, requests } = this.setting;
    return new RoomOracle(checks, truth, requests);
  }

  /** H2: its one alarm, which survives a reset. */
  get deadline(): number | null {
    return this.alarmAt;
  }

  get next(): number {
    return this.state.next;
  }

  get hasTail(): boolean {
    return this.state.tail !== null;
  }

  /** N1: whether it is any agent's, and whose word it holds. */
  get placement(): Placement | null {
    return this.state.durable?.placement ?? null;
  }

  /** R3: what the lobby should come to hold; null: it is no agent's. */
  get summary(): RoomSummary | null {
    const { durable } = this.state;
    return durable === null ? null : summaryOf(this.state, durable);
  }

  place(team: TeamId, placement: Placement, now: number): void {
    this.do({ type: 'placed', team, placement }, now);
  }

  /** S14: whether there was a snapshot for the client where its newest socket subscribed. */
  hadSnapshot(client: string): boolean {
    return [...this.sockets.values()].findLast(({ link }) => link.client === client)?.hadSnapshot ?? false;
  }

  /** N1: the agent is gone: nobody is let in, and nothing is stored. */
  delete(now: number): void {
    for (const { link } of this.sockets.values()) link.toClient.push({ closed: CLOSE.notFound });
    this.sockets.clear();
    this.deleted = true;
    this.store.delete();
    this.oracle = this.newOracle();
    this.commands = new CommandOracle(this.setting.checks, this.setting.commands);
    this.alarmAt = null;
    this.sleep(now);
  }

  reported(revision: number | null, now: number): void {
    this.do({ type: 'report-acked', revision }, now);
  }

  accept(link: Link, now: number): void {
    this.sockets.set(link.connection, {
      link,
      credit: new Credit(),
      subscription: null,
      hello: null,
      hadSnapshot: false,
    });
    if (link.role !== 'viewer') return;
    this.do({ type: 'viewer-joined', connection: link.connection, member: memberOf(link) }, now);
  }

  left({ connection }: Link, now: number): void {
    if (this.keeper === connection) this.keeper = null;
    if (this.sockets.delete(connection)) this.do({ type: 'disconnected', connection }, now);
  }

  /** What was under way when a socket was closed still arrives (N2). */
  receive(link: Link, packet: Packet, now: number): void {
    const event = roomEventOf(link, packet);
    const socket = this.sockets.get(link.connection);
    if (event.type === 'viewer-message' && socket !== undefined) this.follow(socket, event.message);
    this.do(event, now);
  }

  private follow(socket: Socket, message: ViewerMessage): void {
    if (message.type === 'flow:ack') socket.credit.acked(message.payload.epoch, message.payload.sequence);
    if (message.type !== 'subscribe:agent') return;
    socket.credit.reset();
    socket.hadSnapshot = this.store.load().snapshot !== null;
  }

  /** H2. */
  alarm(now: number): void {
    this.alarmAt = null;
    try {
      this.do({ type: 'alarm' }, now);
    } catch (error) {
      this.alarmAt = earliest(this.alarmAt, now + ALARM_RETRY);
      throw error;
    }
    holdRung(this.setting.checks, this.deadline, now);
  }

  forgetSockets(): void {
    this.sockets.clear();
  }

  /** Hibernation or eviction: memory is gone; sockets, attachments and rows are not. */
  sleep(_now: number): void {
    this.depth = 0;
    this.state = this.wake();
    for (const { credit } of this.sockets.values()) credit.reset();
  }

  /** Where a planted fault may stand around the core. */
  protected decide(event: RoomEvent, now: number): Effect[] {
    return handle(this.state, event, {
      now,
      read: (slot) => this.store.read(slot),
      readSnapshot: () => this.store.readSnapshot(),
      readItem: (conversationId, itemId) => this.store.readItem(conversationId, itemId),
      readItems: (query) => this.store.readItems(query),
      readFile: (fileId, offset, length) => this.store.readFile(fileId, offset, length),
      readAudit: (after, most) => this.store.readAudit(after, most),
      lastSeen: () => now,
      freshId: () => `id-${++this.ids}`,
    });
  }

  protected wake(): RoomState {
    const { viewers, keeper } = restoredSockets(this.sockets);
    this.keeper = keeper?.connection ?? null;
    const state = restoreRoom(this.store.load(), { viewers, keeper });
    this.oracle.woke(state);
    this.commands.woke(state);
    return state;
  }

  private do(event: RoomEvent, now: number): void {
    this.depth += 1;
    this.one(event, now);
    this.depth -= 1;
    const due = nextDeadline(this.state);
    this.setting.checks.hold('H2', due === earliestDeadline(this.state), () => `${event.type} moved it`);
    this.alarmAt = earliest(this.alarmAt, due);
    if (this.depth === 0) holdAttachments(this.sockets, this.setting.checks, this.state);
  }

  private one(event: RoomEvent, now: number): void {
    const before = this.oracle.mark(this.state);
    const owed = this.unackedMark(event);
    const effects = this.decide(event, now);
    this.oracle.handled(before, event, this.keeper, this.state);
    if (this.deleted)
      this.setting.checks.hold('N1', this.placement === null, () => `${event.type} brought it back`);
    this.commands.handled(event, effects, this.state, now);
    const moved = this.state.next !== before.next || this.unackedMark(event) !== owed;
    if (moved || effects.length > 0) this.events += 1;
    for (const effect of effects) {
      burn(this);
      this.oracle.effect(effect);
      this.carryOut(effect, now);
    }
  }

  /** A number that is another once an ack changed what a viewer owes. */
  private unackedMark(event: RoomEvent): number {
    const viewer = event.type === 'viewer-message' ? this.state.viewers.get(event.connection) : undefined;
    return viewer === undefined ? 0 : viewer.ackedTotal - viewer.inFlight.length;
  }

  private carryOut(effect: Effect, now: number): void {
    switch (effect.type) {
      case 'send':
        this.sockets.get(effect.to)?.link.toClient.push(packed(effect.message, this.setting.codec));
        return;
      case 'send-to-keeper':
        this.sockets.get(effect.keeper)?.link.toClient.push(packed(effect.message, this.setting.codec));
        return;
      case 'forward':
        if (this.keeper !== null && effect.to.includes(this.keeper))
          this.sockets.get(this.keeper)?.link.toClient.push(effect.bytes);
        else forward(this.sockets, this.setting.checks, this.state, effect.to, effect.bytes);
        return;
      case 'close':
        return this.close(effect.connection, effect.code, now);
      case 'attach-viewer': {
        const socket = this.sockets.get(effect.connection);
        if (socket !== undefined) socket.subscription = effect.subscription;
        return;
      }
      case 'attach-keeper':
        return this.attachKeeper(effect);
      case 'commit':
        this.commits += 1;
        return this.commit(effect);
      case 'report':
        return this.report(effect);
      case 'send-audit':
        // X8: a lobby that takes it at once; what a reset leaves is told again at the next wake.
        return this.do({ type: 'audit-acked', acked: effect.first + effect.entries.length - 1 }, now);
      case 'audit-refusal':
        return;
    }
  }

  protected commit({ commit }: Extract<Effect, { type: 'commit' }>): void {
    this.store.commit(commit);
    // Both are of one transaction.
    this.alarmAt = earliest(this.alarmAt, nextDeadline(this.state));
    this.oracle.committed(commit, this.store.load().durable);
    this.commands.committed(commit);
  }

  private report({ revision, summary }: Extract<Effect, { type: 'report' }>): void {
    const { placement } = this;
    if (placement === null) return;
    const { spec, generation } = placement;
    this.setting.report(this, { agentUid: spec.agentUid, generation, summaryRevision: revision, summary });
  }

  private attachKeeper({ connection, hello }: Extract<Effect, { type: 'attach-keeper' }>): void {
    const socket = this.sockets.get(connection);
    if (socket === undefined) return;
    const newest = this.state.durable?.placement.generation;
    const { generation } = socket.link;
    this.setting.checks.hold(
      'N2',
      generation === newest,
      () => `start ${generation} was let in, ${newest} counts`,
    );
    socket.hello = hello;
    this.keeper = connection;
  }

  private close(connection: string, code: number, now: number): void {
    const socket = this.sockets.get(connection);
    if (socket === undefined) return;
    socket.link.toClient.push({ closed: code });
    this.left(socket.link, now);
  }
}
