import { DurableObject } from 'cloudflare:workers';
import {
  type Ack,
  type AgentLimit,
  type AgentSummary,
  type AgentUid,
  type AuditEntry,
  type HostId,
  type HostSummary,
  isAgentVisible,
  ok,
  type Result,
  type TeamId,
  type WireError,
} from '@muster/protocol';
import type { Head } from '../audit/core/chain.ts';
import type { AuditDraft } from '../audit/entry.ts';
import type { Refusal } from '../audit/refusal-limiter.ts';
import type { Claims, MemberClaims } from '../auth/claims.ts';
import type { Env } from '../env.ts';
import type {
  BudgetCharge,
  EnrolmentCode,
  HostEnrolment,
  HostKey,
  IdentityInput,
  IdentityOperation,
  IdentityOutput,
  LobbyRpc,
  PushAnswer,
  PushAsk,
  ReachedAgent,
  RequestPage,
  RoomReport,
} from '../rpc.ts';
import { Alarm } from '../socket/alarm.ts';
import { earliest } from '../socket/deadlines.ts';
import { HibernatingSockets } from '../socket/hibernating-sockets.ts';
import { type Meter, meterOf, type Usage } from '../usage.ts';
import { AttachedLobbySocketSchema, type LobbyAttachment } from './attachment.ts';
import { AuditService } from './audit-service.ts';
import { LobbyConnections } from './connections.ts';
import { BudgetLimiter } from './core/budgets.ts';
import { handle, nextDeadline } from './core/handle.ts';
import { hostKeyOf } from './core/hosts/index.ts';
import { requestPage } from './core/inbox/index.ts';
import { ackedRevision } from './core/presence/index.ts';
import { openLobby } from './core/state.ts';
import { agentSummaries, hostSummaries } from './core/summaries.ts';
import type { Context, Effect, HostRequest, Lobby, LobbyEvent } from './core/types.ts';
import { reach, visibleAgent, visiblePast } from './core/visibility/index.ts';
import type { VisiblePast } from './core/visibility/visible-past.ts';
import { HostSocketAuthenticator } from './host-socket-authenticator.ts';
import { IdentityService } from './identity/identity-service.ts';
import { PresenceBatcher } from './presence-batcher.ts';
import { PushService } from './push/push-service.ts';
import { RequestHandler } from './request-handler.ts';
import { callRoom, sendRightsChanges } from './room-calls.ts';
import { LobbySockets } from './sockets.ts';
import { SqliteAuditStore } from './storage/audit.ts';
import { SqliteBudgetStore } from './storage/budgets.ts';
import { SqliteIdentityStore } from './storage/identity.ts';
import { SqlitePushStore } from './storage/push.ts';
import { SqliteLobbyStore } from './storage/sqlite.ts';
import { saveTeam, teamOf } from './team.ts';

/** The Durable Object of one team: its agents and hosts, and everyone who watches the list. It translates; the core decides. */
export class TeamLobby extends DurableObject<Env> implements LobbyRpc {
  readonly #sockets: HibernatingSockets<LobbyAttachment>;
  readonly #connections: LobbyConnections;
  readonly #lobbySockets: LobbySockets;
  readonly #meter: Meter;
  readonly #alarm: Alarm;
  readonly #store: SqliteLobbyStore;
  readonly #lobby: Lobby;
  readonly #requests: RequestHandler;
  readonly #audit: AuditService;
  readonly #budgets: BudgetLimiter;
  readonly #identity: IdentityService;
  readonly #push: PushService;
  readonly #presence = new PresenceBatcher(() => this.#handle({ type: 'presence-due' }));

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sockets = new HibernatingSockets(ctx, AttachedLobbySocketSchema);
    this.#connections = new LobbyConnections(this.#sockets, () => this.#lobby);
    this.#meter = meterOf(ctx.id);
    this.#alarm = new Alarm(ctx.storage, this.#meter);
    this.#store = new SqliteLobbyStore(ctx.storage, this.#meter);
    const team = teamOf(this.#store, ctx.id.name);
    const handle = (event: LobbyEvent) => this.#handle(event);
    this.#lobby = openLobby(team, this.#store.load());
    const auditStore = new SqliteAuditStore(ctx.storage, this.#meter);
    this.#audit = new AuditService(env, team, auditStore, () => this.#schedule());
    this.#budgets = new BudgetLimiter(new SqliteBudgetStore(ctx.storage, this.#meter));
    this.#identity = this.#openIdentity(team);
    this.#push = this.#openPush(team);
    this.#lobbySockets = new LobbySockets({
      team,
      lobby: this.#lobby,
      sockets: this.#sockets,
      connections: this.#connections,
      hosts: new HostSocketAuthenticator({ sockets: this.#sockets, lobby: this.#lobby, handle }),
      audit: this.#audit,
      verify: this.#identity.verifier(env),
      currentClaims: this.#identity.currentClaims,
      handle,
    });
    const currentClaims = (claims: Claims) => this.#lobbySockets.currentClaims(claims);
    const { writes } = this.#sockets;
    this.#requests = new RequestHandler({
      team,
      connections: this.#connections,
      currentClaims,
      handle,
      writes,
      audit: this.#audit,
    });
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#lobbySockets.restore(this.#alarm.at, Date.now());
      handle({ type: 'started', online: this.#connections.online() });
      this.#identity.runDue();
    });
  }

  #openIdentity(team: TeamId): IdentityService {
    return new IdentityService({
      lobby: this.#lobby,
      store: new SqliteIdentityStore(this.ctx.storage, this.#meter),
      storage: this.ctx.storage,
      budgets: this.#budgets,
      audit: this.#audit,
      applyRightsChanges: (now, isAffected) => this.#lobbySockets.applyRightsChanges(now, isAffected),
      signedOut: (memberId, sid, gone) => this.#push.handle({ type: 'signed-out', memberId, sid, gone }),
      sendRights: (room, changes) => sendRightsChanges(this.env, team, room, changes),
      onDeadlineChange: () => this.#schedule(),
      orAbort: (what, work) => this.#orAbort(what, work),
    });
  }

  #openPush(team: TeamId): PushService {
    return new PushService({
      team,
      env: this.env,
      lobby: this.#lobby,
      members: this.#identity.memberReader,
      store: new SqlitePushStore(this.ctx.storage, this.#meter),
      lookers: (now) => this.#connections.lookers(now),
      spend: (code, until, now) => this.#store.spend(code, until, now),
      send: (to, message, now) => this.#connections.send(to, message, now),
      audit: (entry, now) => this.#audit.append(entry, now),
      keepAlive: (work) => this.ctx.waitUntil(work),
      onDeadlineChange: () => this.#schedule(),
      orAbort: (what, work) => this.#orAbort(what, work),
    });
  }

  /** A canonical socket (G1): of a host's runner, or of a dashboard. */
  override fetch(request: Request): Response {
    const response = this.#lobbySockets.accept(request, Date.now());
    this.#schedule();
    return response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void | Promise<void> {
    this.#meter.countMessage();
    return this.#lobbySockets.handleMessage(socket, message, Date.now());
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.answerClose(socket, code);
    this.#lobbySockets.handleClose(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#lobbySockets.handleClose(socket);
  }

  override async alarm(): Promise<void> {
    this.#meter.countAlarm();
    // Begun first: what is being written is no duty of the next alarm.
    const writing = this.#audit.writeIfDue(Date.now());
    this.#alarm.fire(() => this.#runDue(Date.now()));
    this.#schedule();
    await writing;
  }

  #runDue(now: number): void {
    this.#lobbySockets.handleAlarm(now);
    this.#identity.runDue();
    this.#handle({ type: 'alarm' });
    if ((this.#push.nextDeadline ?? Number.POSITIVE_INFINITY) <= now) this.#push.handle({ type: 'due' });
  }

  async find(agentId: string, limits: readonly AgentLimit[] = []): Promise<AgentUid | null> {
    return visibleAgent(this.#lobby, limits, agentId)?.spec.agentUid ?? null;
  }

  async reach(
    agentId: string,
    claims: MemberClaims,
    stays = false,
  ): Promise<Result<ReachedAgent, WireError>> {
    const known = this.#identity.currentClaims(claims);
    if (!known.ok) return known;
    const reached = reach(this.#lobby, known.value.agents, agentId);
    if (!reached.ok) return reached;
    if (stays) this.#identity.recordVisit(known.value, reached.value);
    return ok({ agentUid: reached.value, claims: known.value });
  }

  async sighted(limits: readonly AgentLimit[]): Promise<VisiblePast> {
    return visiblePast(this.#lobby, limits);
  }

  async report(report: RoomReport): Promise<number> {
    this.#handle({ type: 'room-reported', report });
    if (this.#lobby.pendingPresence.has(report.agentUid)) await this.#presence.flushed();
    return ackedRevision(this.#lobby, report);
  }

  async request(...args: Parameters<LobbyRpc['request']>): Promise<Ack> {
    return this.#requests.handle(...args);
  }

  async agents(limits: readonly AgentLimit[] = []): Promise<AgentSummary[]> {
    return agentSummaries(this.#lobby).filter((agent) => isAgentVisible(limits, agent));
  }

  async hosts(limits: readonly AgentLimit[] = []): Promise<HostSummary[]> {
    return hostSummaries(this.#lobby, limits);
  }

  async permissions(...[limits, page]: Parameters<LobbyRpc['permissions']>): Promise<RequestPage> {
    return requestPage(this.#lobby, limits, page);
  }

  async pushKey(): Promise<string> {
    return this.#push.publicKey();
  }

  async pushes(...[memberId]: Parameters<LobbyRpc['pushes']>): ReturnType<LobbyRpc['pushes']> {
    return this.#push.of(memberId);
  }

  async askPush(ask: PushAsk): Promise<PushAnswer> {
    return this.#push.ask(ask);
  }

  async usage(): Promise<Usage> {
    return this.#meter.usage;
  }

  async note(entry: AuditEntry): Promise<void> {
    this.#orAbort('note', () => this.#audit.audit(entry));
  }

  async refused(refusal: Refusal): Promise<void> {
    this.#orAbort('refused', () => this.#audit.auditRefusal(refusal));
  }

  async noteOf(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): Promise<number> {
    return this.#orAbort('noteOf', () => this.#audit.takeFromRoom(agentUid, first, entries));
  }

  async auditHead(): Promise<Head> {
    return this.#audit.head();
  }

  async enrol(host: HostEnrolment, code: EnrolmentCode, audit?: AuditDraft): Promise<WireError | null> {
    const { maker } = code;
    const makerMayGrant = maker === undefined || this.#identity.mayStillGrant(maker);
    return this.#ask({ type: 'host-enrolment', host, code, makerMayGrant, audit });
  }

  async offerEnrolment(
    hostId: HostId | null,
    replaces: boolean,
    audit: AuditDraft,
  ): Promise<WireError | null> {
    return this.#ask({ type: 'host-token', hostId, replaces, audit });
  }

  async hostKey(hostId: HostId): Promise<HostKey | null> {
    return hostKeyOf(this.#lobby, hostId);
  }

  async connects(who: BudgetCharge): Promise<WireError | null> {
    return this.#budgets.charge(who, Date.now());
  }

  async revokeHost(hostId: HostId, audit?: AuditDraft): Promise<WireError | null> {
    return this.#ask({ type: 'host-revocation', hostId, audit });
  }

  async deleteHost(hostId: HostId, audit?: AuditDraft): Promise<WireError | null> {
    return this.#ask({ type: 'host-deletion', hostId, audit });
  }

  async people<A extends IdentityOperation>(act: A, ask: IdentityInput<A>): Promise<IdentityOutput<A>> {
    return this.#identity.answer(act, ask);
  }

  async spend(code: string, expiresAt: number): Promise<boolean> {
    return this.#store.spend(code, expiresAt, Date.now());
  }

  /**
   * One event: the core decides, its effects happen in order without a pause, so that its commits are one
   * transaction; then the alarm follows. If one fails, memory is ahead of the disk: the object starts again
   * from the disk, and nothing was acked.
   */
  #handle(event: LobbyEvent): readonly Effect[] {
    return this.perform(event.type, (context) => this.decide(this.#lobby, event, context));
  }

  #ask(request: HostRequest): WireError | null {
    const answer = this.#handle(request).find((effect) => effect.type === 'answer');
    if (answer === undefined) throw new Error(`${request.type} has no answer`);
    return answer.error;
  }

  /** Protected, like `perform`: the simulation's subclass observes them and plants faults. */
  protected decide(lobby: Lobby, event: LobbyEvent, context: Context): readonly Effect[] {
    return handle(lobby, event, context);
  }

  protected perform(what: string, decide: (context: Context) => readonly Effect[]): readonly Effect[] {
    const now = Date.now();
    return this.#orAbort(what, () => {
      const isUsed = (code: string) => this.#store.isUsed(code);
      const effects = decide({ now, freshId: () => crypto.randomUUID(), isUsed });
      for (const effect of effects) this.#performOne(effect, now);
      this.#schedule();
      return effects;
    });
  }

  #orAbort<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.ctx.abort(`${what} failed: ${error instanceof Error ? error.message : 'unknown'}`);
      throw error;
    }
  }

  #performOne(effect: Effect, now: number): void {
    switch (effect.type) {
      case 'commit':
        return this.#store.commit(effect.commit);
      case 'audit':
      case 'audit-refusal':
        return this.#audit.perform(effect, now);
      case 'answer':
        return;
      case 'notice':
        return void this.#push.handle({ type: 'notice', notice: effect.notice });
      case 'attention-seen': {
        const { connection, eventId } = effect;
        return void this.#push.handle({ type: 'seen', connection, eventId });
      }
      case 'place-room':
      case 'delete-room':
        return this.ctx.waitUntil(
          callRoom(this.env, this.#lobby.team, effect).then((event) => this.#handle(event)),
        );
      default:
        return this.#lobbySockets.perform(effect, now);
    }
  }

  #schedule(): void {
    const at = earliest([
      nextDeadline(this.#lobby),
      this.#lobbySockets.nextDeadline,
      this.#audit.nextDeadline,
      this.#identity.nextDeadline,
      this.#push.nextDeadline,
    ]);
    if (at !== null) saveTeam(this.#store, this.#lobby.team);
    this.#alarm.set(at);
  }
}
