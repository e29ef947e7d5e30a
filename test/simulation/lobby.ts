import {
  type AgentUid,
  CLOSE,
  type HostId,
  HostIdSchema,
  type Placement,
  type TeamId,
} from '@muster/protocol';
import { earliest } from '../../agent-runner/src/keeper/stream/time.ts';
import type { HostKeyState } from '../../worker/src/auth/claims.ts';
import type { RoomReport } from '../../worker/src/rpc.ts';
import { SOCKET } from '../../worker/src/socket/limits.ts';
import { placeRoom } from '../../worker/src/team-lobby/core/agents/index.ts';
import { handle, nextDeadline } from '../../worker/src/team-lobby/core/handle.ts';
import { LOBBY } from '../../worker/src/team-lobby/core/limits.ts';
import { ackedRevision, findDead } from '../../worker/src/team-lobby/core/presence/index.ts';
import { commit, openLobby } from '../../worker/src/team-lobby/core/state.ts';
import type {
  AgentRow,
  Context,
  Effect,
  Lobby,
  LobbyEvent,
  UnitOfWork,
} from '../../worker/src/team-lobby/core/types.ts';
import { MemoryLobbyStore } from '../../worker/src/team-lobby/storage/memory.ts';
import { ALARM_RETRY, holdRung } from './alarm.ts';
import type { Checks } from './checks.ts';
import { fromRunner, type Link, type Packet, viewerEvent } from './link.ts';
import { LobbyOracle } from './lobby-oracle.ts';
import { LobbySockets } from './lobby-sockets.ts';
import type { RequestOracle } from './request-oracle.ts';
import { burn, type Server } from './server.ts';

export interface LobbySetting {
  readonly team: TeamId;
  readonly checks: Checks;
  readonly codec: boolean;
  readonly requests: RequestOracle;
  readonly freshId: () => string;
  /** Answered by `room-placed`. */
  readonly placeRoom: (placement: Placement, host: HostKeyState) => void;
  /** Answered by `room-deleted`. */
  readonly deleteRoom: (agentUid: AgentUid) => void;
}

/** A lobby, as the rest of a world meets it. */
export type LobbyEnd = Pick<TeamLobby, keyof TeamLobby>;

/** The Durable Object of a team: the real core, a store that survives, sockets of hosts and dashboards. */
export class TeamLobby implements Server {
  fuse: number | null = null;
  /** Events that changed the core's state. */
  events = 0;
  commits = 0;
  /** H2: it survives a reset. */
  alarmAt: number | null = null;
  protected state: Lobby;
  private readonly sockets: LobbySockets;
  private readonly store = new MemoryLobbyStore();
  private readonly oracle: LobbyOracle;
  private readonly setting: LobbySetting;
  /** R3: a timer, which dies with it, ms. */
  presenceAt: number | null = null;
  /** R3: words that are being stored: who told them has no answer before they are. */
  private flushing: ReadonlySet<AgentUid> = new Set();
  private sweepAt: number | null = null;
  private depth = 0;

  constructor(setting: LobbySetting) {
    this.setting = setting;
    this.sockets = new LobbySockets(setting.codec);
    this.oracle = new LobbyOracle(setting.checks, setting.requests);
    this.state = openLobby(setting.team, this.store.load());
  }

  /** H2: the core's own duty; whoever is connected is looked after beside it. */
  get deadline(): number | null {
    return nextDeadline(this.state);
  }

  get agents(): AgentRow[] {
    return [...this.state.agents.values()];
  }

  /** R3: what it holds of an agent's room. */
  reportOf(agentUid: AgentUid): RoomReport['summary'] | null {
    return this.state.live.get(agentUid)?.report?.summary ?? null;
  }

  accept(link: Link, now: number): void {
    this.sockets.add(link, now);
    this.sweepAt ??= now + SOCKET.silence;
    if (link.role === 'dashboard') this.do({ type: 'viewer-joined', connection: link.connection }, now);
    this.schedule();
  }

  left({ connection }: Link, now: number): void {
    if (!this.sockets.remove(connection)) return;
    if (this.sockets.isEmpty) this.sweepAt = null;
    this.do({ type: 'disconnected', connection }, now);
  }

  /** H1: its pings are answered without waking anything. */
  pinged({ connection }: Link, now: number): void {
    this.sockets.recordActivity(connection, now);
  }

  receive(link: Link, packet: Packet, now: number): void {
    const { connection } = link;
    const socket = this.sockets.recordActivity(connection, now);
    if (socket === undefined) return;
    if (link.role === 'dashboard') {
      const by = { connection, key: link.client, subscriptions: socket.subscriptions };
      return this.do({ ...viewerEvent(packet), type: 'viewer-message', by }, now);
    }
    const { message } = fromRunner(packet);
    this.do({ type: 'host-message', connection, hostId: HostIdSchema.parse(link.client), message }, now);
  }

  /** H1, H2. */
  alarm(now: number): void {
    // If it dies of it, the platform rings again.
    this.alarmAt = now + ALARM_RETRY;
    this.sweepAt = null;
    const { dead, next } = findDead(this.sockets.peers(), now);
    for (const connection of dead) this.end(connection, CLOSE.goingAway, now);
    this.do({ type: 'alarm' }, now);
    this.sweepAt = next;
    this.alarmAt = null;
    this.schedule();
    holdRung(this.setting.checks, this.alarmAt, now);
  }

  forgetSockets(): void {
    this.sockets.clear();
  }

  sleep(now: number): void {
    this.depth = 0;
    this.presenceAt = null;
    this.flushing = new Set();
    this.state = openLobby(this.setting.team, this.store.load());
    this.sweepAt = this.sockets.isEmpty ? null : (this.alarmAt ?? now + SOCKET.silence);
    this.do({ type: 'started', online: this.sockets.online() }, now);
  }

  enrol(hostId: HostId, now: number): void {
    const host = { hostId, name: hostId, publicKey: hostId };
    const code = { id: `code of ${hostId}`, expiresAt: now + 60_000 };
    this.do({ type: 'host-enrolment', host, code, makerMayGrant: true }, now);
  }

  report(report: RoomReport, now: number): void {
    this.do({ type: 'room-reported', report }, now);
    if (this.state.pendingPresence.size > 0) this.presenceAt ??= now + LOBBY.presenceInterval;
  }

  /** R3: whether a word of this room waits with others. */
  isPresencePending(agentUid: AgentUid): boolean {
    return this.state.pendingPresence.has(agentUid) || this.flushing.has(agentUid);
  }

  /** R3: they are told and stored. */
  flushPresence(now: number): void {
    this.presenceAt = null;
    this.flushing = new Set(this.state.pendingPresence.keys());
    this.do({ type: 'presence-due' }, now);
    this.flushing = new Set();
  }

  /** R3: the revision it has now. */
  acked(report: RoomReport): number {
    return ackedRevision(this.state, report);
  }

  roomPlaced(placement: Placement, host: HostKeyState, ok: boolean, now: number): void {
    this.do({ type: 'room-placed', placement, host, ok }, now);
  }

  roomDeleted(agentUid: AgentUid, ok: boolean, now: number): void {
    this.do({ type: 'room-deleted', agentUid, ok }, now);
  }

  /** N2: another start, on another host. Nobody can ask for it yet; the cores have what it takes. */
  move(agentUid: AgentUid, hostId: HostId, now: number, moved: (generation: number) => void): boolean {
    const row = this.state.agents.get(agentUid);
    if (row === undefined || row.pending !== null) return false;
    const generation = row.generation + 1;
    const spec = { ...row.spec, hostId };
    const out: Effect[] = [];
    const work: UnitOfWork = { ...this.context(now), out };
    commit(this.state, { agents: [{ ...row, spec, generation, roomKnows: false }] }, work);
    placeRoom(this.state, work, agentUid);
    const host = this.state.online.get(hostId);
    if (host !== undefined) {
      const payload = { spec, generation, requestId: this.setting.freshId() };
      out.push({ type: 'send-to-host', host: host.connection, message: { type: 'agent:place', payload } });
    }
    this.perform(out, now, () => moved(generation));
    return true;
  }

  /** Where a planted fault may stand around the core. */
  protected decide(event: LobbyEvent, context: Context): readonly Effect[] {
    return handle(this.state, event, context);
  }

  private context(now: number): Context {
    const isUsed = (code: string) => this.store.isUsed(code);
    return { now, freshId: this.setting.freshId, isUsed };
  }

  private do(event: LobbyEvent, now: number): void {
    const effects = this.decide(event, this.context(now));
    if (effects.length > 0) this.events += 1;
    this.perform(effects, now);
    if (this.depth === 0) this.oracle.handled(this.state);
  }

  /** All commits of one event are one transaction, and what is sent after the first waits for it. */
  private perform(out: readonly Effect[], now: number, written = () => {}): void {
    this.depth += 1;
    const commits = out.filter((effect) => effect.type === 'commit');
    let stored = false;
    for (const effect of out) {
      burn(this);
      if (effect.type !== 'commit') this.performOne(effect, now);
      else if (!stored) {
        stored = true;
        written();
        // Both are of one transaction.
        this.schedule();
        this.commits += 1;
        for (const { commit } of commits) this.store.commit(commit);
        this.oracle.committed(commits.map(({ commit }) => commit));
      }
    }
    this.depth -= 1;
    this.schedule();
  }

  private performOne(effect: Exclude<Effect, { type: 'commit' }>, now: number): void {
    switch (effect.type) {
      case 'send':
        return this.sockets.send(effect.to, effect.message);
      case 'send-to-host':
        return this.sockets.send(effect.host, effect.message);
      case 'broadcast':
        return this.sockets.broadcast(effect.message);
      case 'close':
        return this.end(effect.connection, effect.code, now);
      case 'close-host':
        for (const connection of this.sockets.ofHost(effect.hostId)) this.end(connection, effect.code, now);
        return;
      case 'attach-host':
        return this.sockets.attach(effect.connection, { since: effect.since });
      case 'attach-viewer':
        return this.sockets.attach(effect.connection, { subscriptions: effect.subscriptions });
      case 'place-room':
        return this.setting.placeRoom(effect.placement, effect.host);
      case 'delete-room':
        return this.setting.deleteRoom(effect.agentUid);
      case 'audit':
      case 'audit-refusal':
      case 'answer':
        return;
    }
  }

  private end(connection: string, code: number, now: number): void {
    const link = this.sockets.close(connection, code);
    if (link !== undefined) this.left(link, now);
  }

  private schedule(): void {
    this.alarmAt = earliest(this.alarmAt, earliest(this.deadline, this.sweepAt));
  }
}
