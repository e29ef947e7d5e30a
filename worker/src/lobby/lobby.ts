import { DurableObject } from 'cloudflare:workers';
import {
  type Ack,
  type AgentLimit,
  type AgentSummary,
  type AgentUid,
  type AuditEntry,
  err,
  type HostId,
  type HostSummary,
  ok,
  type Result,
  seesAgent,
  type TeamId,
  type WireError,
} from '@muster/protocol';
import type { Head } from '../audit/core/chain.ts';
import type { AuditDraft } from '../audit/entry.ts';
import type { Refusal } from '../audit/refusals.ts';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import type { Env } from '../env.ts';
import type {
  Connecting,
  EnrolmentCode,
  HostEnrolment,
  HostKey,
  LobbyRpc,
  PeopleAct,
  PeopleAnswer,
  PeopleAsk,
  Reached,
  RoomReport,
} from '../rpc.ts';
import { Alarm, earliest } from '../socket/alarm.ts';
import { HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { type Meter, meterOf, type Usage } from '../usage.ts';
import { AttachedLobbySocketSchema, type LobbySocket } from './attachment.ts';
import { AuditDesk } from './audit-desk.ts';
import { Calls } from './calls.ts';
import { Connections } from './core/connections.ts';
import { handle, nextDuty } from './core/handle.ts';
import { ackedRevision } from './core/report.ts';
import { agentSeen, NO_AGENT, sighted } from './core/sight.ts';
import type { Sighted } from './core/sighted.ts';
import { openLobby, roomsByWatchers } from './core/state.ts';
import { agentSummaries, hostSummaries } from './core/summaries.ts';
import type { Effect, Lobby, LobbyEvent } from './core/types.ts';
import { Counting } from './counting.ts';
import { HostDoor } from './host-door.ts';
import { Peers } from './peers.ts';
import { People } from './people/people.ts';
import { Reception } from './reception.ts';
import { run, tellStandings } from './rooms.ts';
import { SqliteAuditStore } from './store/audit.ts';
import { SqliteConnectionStore } from './store/connections.ts';
import { SqliteMembersStore } from './store/members.ts';
import { SqlitePushStore } from './store/pushes.ts';
import { SqliteLobbyStore } from './store/sqlite.ts';
import { SqliteVisitStore } from './store/visits.ts';
import { keepTeam, teamOf } from './team.ts';

/** The Durable Object of one team: its agents and hosts, and everyone who watches the list. It translates; the core decides. */
export class TeamLobby extends DurableObject<Env> implements LobbyRpc {
  readonly #sockets: HibernatingSockets<LobbySocket>;
  readonly #hosts: HostDoor;
  readonly #peers: Peers;
  readonly #reception: Reception;
  readonly #meter: Meter;
  readonly #alarm: Alarm;
  readonly #store: SqliteLobbyStore;
  readonly #lobby: Lobby;
  readonly #calls: Calls;
  readonly #audit: AuditDesk;
  readonly #connections: Connections;
  readonly #people: People;
  readonly #counting = new Counting(() => this.#handle({ type: 'counted' }));

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sockets = new HibernatingSockets(ctx, AttachedLobbySocketSchema);
    this.#peers = new Peers(this.#sockets, () => this.#lobby);
    this.#meter = meterOf(ctx.id);
    this.#alarm = new Alarm(ctx.storage, this.#meter);
    this.#store = new SqliteLobbyStore(ctx.storage, this.#meter);
    const team = teamOf(this.#store, ctx.id.name);
    const handle = (event: LobbyEvent) => this.#handle(event);
    this.#lobby = openLobby(team, this.#store.load());
    const book = new SqliteAuditStore(ctx.storage, this.#meter);
    this.#audit = new AuditDesk(env, team, book, () => this.#schedule());
    this.#connections = new Connections(new SqliteConnectionStore(ctx.storage, this.#meter));
    this.#people = this.#openPeople(team);
    this.#hosts = new HostDoor({
      sockets: this.#sockets,
      lobby: this.#lobby,
      codes: this.#store,
      audit: this.#audit,
      handle,
    });
    this.#reception = new Reception({
      team,
      sockets: this.#sockets,
      peers: this.#peers,
      hosts: this.#hosts,
      audit: this.#audit,
      verify: this.#people.verifier(env),
      current: this.#people.current,
      handle,
    });
    const current = (claims: Claims) => this.#reception.current(claims);
    const { writes } = this.#sockets;
    this.#calls = new Calls({ team, peers: this.#peers, current, handle, writes, audit: this.#audit });
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#reception.woke(this.#alarm.at, Date.now());
      handle({ type: 'woke', online: this.#peers.online() });
      this.#people.run(Date.now());
    });
  }

  #openPeople(team: TeamId): People {
    return new People({
      team,
      store: new SqliteMembersStore(this.ctx.storage, this.#meter),
      visits: new SqliteVisitStore(this.ctx.storage, this.#meter),
      pushes: new SqlitePushStore(this.ctx.storage, this.#meter),
      note: (entry, now) => this.#audit.add(entry, now),
      tried: (entry, now) => this.#audit.tried(entry, now),
      spend: (code, expiresAt, now) => this.#store.spend(code, expiresAt, now),
      spends: (kind, id, now) => this.#connections.refusal({ kind, id }, now),
      rooms: () => roomsByWatchers(this.#lobby),
      tell: (room, changes) => tellStandings(this.env, team, room, changes),
      follow: (now, isHis) => this.#reception.follow(now, isHis),
      stepped: () => this.#schedule(),
    });
  }

  /** A canonical socket (G1): of a host's runner, or of a dashboard. */
  override fetch(request: Request): Response {
    const response = this.#reception.accept(request, Date.now());
    this.#schedule();
    return response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void | Promise<void> {
    this.#meter.heard();
    return this.#reception.heard(socket, message, Date.now());
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.answerClose(socket, code);
    this.#reception.gone(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#reception.gone(socket);
  }

  override async alarm(): Promise<void> {
    this.#meter.rang();
    // Begun first: what is being written is no duty of the next alarm.
    const writing = this.#audit.write(Date.now());
    this.#alarm.fire(() => this.#rang(Date.now()));
    this.#schedule();
    await writing;
  }

  #rang(now: number): void {
    this.#reception.ring(now);
    this.#people.run(now);
    this.#handle({ type: 'alarm' });
  }

  async find(agentId: string, limits: readonly AgentLimit[] = []): Promise<AgentUid | null> {
    return agentSeen(this.#lobby, limits, agentId)?.spec.agentUid ?? null;
  }

  async reach(agentId: string, claims: MemberClaims, stays = false): Promise<Result<Reached, WireError>> {
    const known = this.#people.current(claims);
    if (!known.ok) return known;
    const agentUid = await this.find(agentId, known.value.agents);
    if (agentUid === null) return err(NO_AGENT);
    if (stays) this.#people.visits(known.value, agentUid);
    return ok({ agentUid, claims: known.value });
  }

  async sighted(limits: readonly AgentLimit[]): Promise<Sighted> {
    return sighted(this.#lobby, limits);
  }

  async report(report: RoomReport): Promise<number> {
    this.#handle({ type: 'reported', report });
    if (this.#lobby.counts.has(report.agentUid)) await this.#counting.done();
    return ackedRevision(this.#lobby, report);
  }

  async request(...said: Parameters<LobbyRpc['request']>): Promise<Ack> {
    return this.#calls.request(...said);
  }

  async agents(limits: readonly AgentLimit[] = []): Promise<AgentSummary[]> {
    return agentSummaries(this.#lobby).filter((agent) => seesAgent(limits, agent));
  }

  async hosts(limits: readonly AgentLimit[] = []): Promise<HostSummary[]> {
    return hostSummaries(this.#lobby, limits);
  }

  async usage(): Promise<Usage> {
    return this.#meter.usage;
  }

  async note(entry: AuditEntry): Promise<void> {
    this.#audit.note(entry);
  }

  async refused(refusal: Refusal): Promise<void> {
    this.#audit.refused(refusal);
  }

  async noteOf(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): Promise<number> {
    return this.#audit.take(agentUid, first, entries);
  }

  async auditHead(): Promise<Head> {
    return this.#audit.head();
  }

  async enrol(host: HostEnrolment, code: EnrolmentCode, audit?: AuditDraft): Promise<WireError | null> {
    const { maker } = code;
    return this.#hosts.enrol(host, code, maker === undefined || this.#people.stillGrants(maker), audit);
  }

  async offerEnrolment(host: HostId | null, replaces: boolean, audit: AuditDraft): Promise<WireError | null> {
    return this.#hosts.offer(host, replaces, audit);
  }

  async hostKey(hostId: HostId): Promise<HostKey | null> {
    return this.#hosts.key(hostId);
  }

  async connects(who: Connecting): Promise<WireError | null> {
    return this.#connections.refusal(who, Date.now());
  }

  async revokeHost(hostId: HostId, audit?: AuditDraft): Promise<WireError | null> {
    return this.#hosts.revoke(hostId, audit);
  }

  async deleteHost(hostId: HostId, audit?: AuditDraft): Promise<WireError | null> {
    return this.#hosts.remove(hostId, audit);
  }

  async people<A extends PeopleAct>(act: A, ask: PeopleAsk<A>): Promise<PeopleAnswer<A>> {
    const answer = this.#whole(act, () => this.#people.answer(act, ask, Date.now()));
    this.#schedule();
    return answer;
  }

  async spend(code: string, expiresAt: number): Promise<boolean> {
    return this.#store.spend(code, expiresAt, Date.now());
  }

  /**
   * One event: the core decides, its effects happen in order without a pause, so that its commits are one
   * transaction; then the alarm follows. If one fails, memory is ahead of the disk: the object starts again
   * from the disk, and nothing was acked.
   */
  #handle(event: LobbyEvent): void {
    const now = Date.now();
    const out: Effect[] = [];
    this.#whole(event.type, () => {
      handle(this.#lobby, event, { now, freshId: () => crypto.randomUUID(), out });
      for (const effect of out) this.#perform(effect, now);
      this.#schedule();
    });
  }

  #whole<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.ctx.abort(`${what} failed: ${error instanceof Error ? error.message : 'unknown'}`);
      throw error;
    }
  }

  #perform(effect: Effect, now: number): void {
    switch (effect.type) {
      case 'commit':
        return this.#store.commit(effect.commit);
      case 'audit':
      case 'refused':
        return this.#audit.perform(effect, now);
      case 'place-room':
      case 'bury-room':
        return void run(this.env, this.#lobby.team, effect).then((event) => this.#handle(event));
      default:
        return this.#reception.perform(effect, now);
    }
  }

  #schedule(): void {
    const duties = {
      core: nextDuty(this.#lobby),
      sockets: this.#reception.due,
      audit: this.#audit.due,
      people: this.#people.due,
    };
    const at = earliest(duties);
    if (at !== null) keepTeam(this.#store, this.#lobby.team);
    this.#alarm.set(at);
  }
}
