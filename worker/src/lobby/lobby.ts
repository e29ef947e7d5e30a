import { DurableObject } from 'cloudflare:workers';
import {
  type Ack,
  type AgentLimit,
  type AgentSummary,
  type AgentUid,
  type AuditEntry,
  CLOSE,
  type ClientId,
  type HostId,
  type HostSummary,
  seesAgent,
  type TeamId,
  TeamIdSchema,
  type ViewerMessage,
  type WireError,
} from '@muster/protocol';
import type { AuditBook } from '../audit/book.ts';
import type { Head } from '../audit/core/chain.ts';
import { type Refusal, Refusals, recorded } from '../audit/refusals.ts';
import type { Claims } from '../auth/claims.ts';
import type { Env } from '../env.ts';
import type {
  Connecting,
  HostKey,
  LobbyRpc,
  PeopleAct,
  PeopleAnswer,
  PeopleAsk,
  RoomReport,
} from '../rpc.ts';
import { Alarm, earliest } from '../socket/alarm.ts';
import { clientOf, readAddress, readClaims } from '../socket/handshake.ts';
import { SOCKET } from '../socket/limits.ts';
import { type AuthMessage, MemberDoor } from '../socket/member-door.ts';
import { refuseSocket } from '../socket/refuse.ts';
import { Sockets } from '../socket/sockets.ts';
import { type Meter, meterOf, type Usage } from '../usage.ts';
import { AttachedLobbySocketSchema, type LobbySocket } from './attachment.ts';
import { openBook, refusalOf } from './audit.ts';
import { Calls, speakerOf } from './calls.ts';
import { Connections } from './core/connections.ts';
import { handle, nextDuty } from './core/handle.ts';
import { ackedRevision } from './core/report.ts';
import { agentSeen, namesSeen } from './core/sight.ts';
import { openLobby, roomsByWatchers } from './core/state.ts';
import { agentSummaries, hostSummaries } from './core/summaries.ts';
import { sweep } from './core/sweep.ts';
import type { ConnectionId, Effect, Lobby, LobbyEvent } from './core/types.ts';
import { Counting } from './counting.ts';
import { HostDoor } from './host-door.ts';
import { Peers } from './peers.ts';
import { People } from './people/people.ts';
import { run, tellStandings } from './rooms.ts';
import { SqliteAuditStore } from './store/audit.ts';
import { SqliteConnectionStore } from './store/connections.ts';
import { SqliteMembersStore } from './store/members.ts';
import { SqlitePushStore } from './store/pushes.ts';
import { SqliteLobbyStore } from './store/sqlite.ts';

/** The Durable Object of one team: its agents and hosts, and everyone who watches the list. It translates; the core decides. */
export class TeamLobby extends DurableObject<Env> implements LobbyRpc {
  readonly #sockets: Sockets<LobbySocket>;
  readonly #members: MemberDoor<LobbySocket>;
  readonly #hosts: HostDoor;
  readonly #peers: Peers;
  readonly #meter: Meter;
  readonly #alarm: Alarm;
  readonly #store: SqliteLobbyStore;
  readonly #lobby: Lobby;
  readonly #calls: Calls;
  readonly #audit: AuditBook;
  readonly #connections: Connections;
  readonly #people: People;
  readonly #refusals = new Refusals();
  /** H1: when to look for silent sockets, ms; null: nobody is here. */
  #sweepAt: number | null = null;
  readonly #counting = new Counting(() => this.#handle({ type: 'counted' }));

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sockets = new Sockets(ctx, AttachedLobbySocketSchema);
    this.#meter = meterOf(ctx.id);
    this.#store = new SqliteLobbyStore(ctx.storage, this.#meter);
    const team = this.#team();
    this.#audit = openBook(env, team, new SqliteAuditStore(ctx.storage, this.#meter));
    this.#connections = new Connections(new SqliteConnectionStore(ctx.storage, this.#meter));
    this.#people = new People({
      team,
      store: new SqliteMembersStore(ctx.storage, this.#meter),
      pushes: new SqlitePushStore(ctx.storage, this.#meter),
      note: (entry, now) => this.#audit.note(entry, now),
      spend: (code, expiresAt, now) => this.#store.spend(code, expiresAt, now),
      connects: (id, now) => this.#connections.refusal({ kind: 'member', id }, now),
      rooms: () => roomsByWatchers(this.#lobby),
      tell: (room, changes) => tellStandings(env, team, room, changes),
      follow: (now, isHis) => this.#members.follow(now, isHis),
      stepped: () => this.#schedule(),
    });
    const { current } = this.#people;
    this.#members = new MemberDoor(this.#sockets, 'viewer', this.#people.verifier(env), current, {
      joined: (connection, _claims, by) => this.#joined(connection, by),
      said: (connection, message, id) => this.#viewerSaid(connection, message, id),
      refused: (connection, claims, message, error) => {
        const data = this.#peers.read(connection)?.data;
        const address = data?.kind === 'viewer' ? data.address : null;
        void this.refused(refusalOf(claims, address, message, error));
      },
      closed: (connection) => this.#left(connection),
    });
    this.#peers = new Peers(this.#sockets);
    this.#alarm = new Alarm(ctx.storage, this.#meter);
    this.#lobby = openLobby(team, this.#store.load());
    this.#calls = new Calls({
      team,
      peers: this.#peers,
      current: (claims) => this.#members.current(claims),
      handle: (event) => this.#handle(event),
    });
    this.#hosts = new HostDoor(this.#sockets, this.#lobby, this.#store, (event) => this.#handle(event));
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      // An alarm that is set comes no later than the sweep it was set for: to move it at each wake would be a row each.
      if (!this.#peers.isEmpty) this.#sweepAt = this.#alarm.at ?? Date.now() + SOCKET.silence;
      this.#handle({ type: 'woke', online: this.#peers.online() });
      this.#people.run(Date.now());
    });
  }

  /** The object's name, kept because an alarm may come to an object that does not know it. */
  #team(): TeamId {
    const known = this.#store.team();
    if (known !== null) return known;
    const team = TeamIdSchema.parse(this.ctx.id.name);
    this.#store.setTeam(team);
    return team;
  }

  /** A canonical socket (G1): of a host's runner, or of a dashboard. */
  override fetch(request: Request): Response {
    const said = readClaims(request.headers);
    const claims = said.ok ? this.#members.current(said.value) : said;
    if (!claims.ok) return refuseSocket(claims.error);
    const now = Date.now();
    const { response, socket, connectionId } =
      claims.value?.kind === 'host'
        ? this.#hosts.accept(claims.value, now)
        : this.#acceptViewer(claims.value, request, now);
    if (socket !== null) {
      this.#peers.add(connectionId, socket);
      this.#sweepAt ??= now + SOCKET.silence;
      this.#members.welcome(socket, now);
      this.#schedule();
    }
    return response;
  }

  #acceptViewer(claims: Claims | null, request: Request, now: number) {
    const clientId = clientOf(request);
    if (!clientId.ok) return { response: refuseSocket(clientId.error), socket: null, connectionId: '' };
    const address = readAddress(request.headers);
    const data: LobbySocket = { kind: 'viewer', clientId: clientId.value, address, subscriptions: [] };
    return this.#members.accept(claims, this.#lobby.team, data, now);
  }

  /** Let in, or renewed: told the lists as they are now, since an expired connection heard nothing. */
  #joined(connection: ConnectionId, by: AuthMessage | null): void {
    const clientId = by?.type === 'auth' ? by.payload.clientId : undefined;
    if (clientId !== undefined)
      this.#peers.change(connection, (data) => (data.kind === 'viewer' ? { ...data, clientId } : data));
    this.#handle({ type: 'viewer-joined', connection });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void | Promise<void> {
    this.#meter.heard();
    const attached = this.#sockets.read(socket);
    if (attached === null) return this.#sockets.close(socket, CLOSE.restart);
    const now = Date.now();
    if (attached.data.kind === 'host') return this.#hosts.said(socket, attached, message, now);
    return this.#members.said(socket, message, now);
  }

  #viewerSaid(connection: ConnectionId, message: ViewerMessage, id: string | undefined): void {
    const attached = this.#peers.read(connection);
    if (attached?.data.kind !== 'viewer') return;
    const by = speakerOf(connection, attached.auth, attached.data);
    this.#handle({ type: 'viewer-said', by, message, ...(id === undefined ? {} : { id }) });
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.answerClose(socket, code);
    this.#goneSocket(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#goneSocket(socket);
  }

  #goneSocket(socket: WebSocket): void {
    const connection = this.#sockets.read(socket)?.connectionId;
    if (connection !== undefined) this.#left(connection);
  }

  #left(connection: ConnectionId): void {
    if (!this.#peers.remove(connection)) return;
    this.#members.left(connection);
    if (this.#peers.isEmpty) this.#sweepAt = null;
    this.#handle({ type: 'left', connection });
  }

  override async alarm(): Promise<void> {
    this.#meter.rang();
    // Begun first: what is being written is no duty of the next alarm. If D1 is away, that one tries again.
    const writing = this.#audit.isDue(Date.now()) ? this.auditHead().catch(() => undefined) : null;
    this.#alarm.ring(() => this.#rang(Date.now()));
    this.#schedule();
    await writing;
  }

  #rang(now: number): void {
    this.#members.alarm(now);
    const { dead, next } = sweep(this.#peers.heard(), now);
    for (const connection of dead) this.#end(connection, CLOSE.goingAway, 'silent for 60 s');
    this.#sweepAt = next;
    this.#people.run(now);
    this.#handle({ type: 'alarm' });
  }

  /** A dead peer never answers a close, so it counts as gone at once. */
  #end(connection: ConnectionId, code: number, reason: string): void {
    this.#peers.close(connection, code, reason);
    this.#left(connection);
  }

  async find(agentId: string, limits: readonly AgentLimit[] = []): Promise<AgentUid | null> {
    return agentSeen(this.#lobby, limits, agentId)?.spec.agentUid ?? null;
  }

  async names(limits: readonly AgentLimit[]): Promise<string[]> {
    return namesSeen(this.#lobby, limits);
  }

  async report(report: RoomReport): Promise<number> {
    this.#handle({ type: 'reported', report });
    if (this.#lobby.counts.has(report.agentUid)) await this.#counting.done();
    return ackedRevision(this.#lobby, report);
  }

  async request(
    claims: Claims,
    message: ViewerMessage,
    id: string,
    address: string | null = null,
    clientId?: ClientId,
  ): Promise<Ack> {
    return this.#calls.request({ claims, message, id, address, clientId });
  }

  async agents(limits: readonly AgentLimit[] = []): Promise<AgentSummary[]> {
    return agentSummaries(this.#lobby).filter((agent) => seesAgent(limits, agent));
  }

  async hosts(): Promise<HostSummary[]> {
    return hostSummaries(this.#lobby);
  }

  async usage(): Promise<Usage> {
    return this.#meter.usage;
  }

  async note(entry: AuditEntry): Promise<void> {
    this.#audit.note(entry, Date.now());
    this.#schedule();
  }

  async refused(refusal: Refusal): Promise<void> {
    const admitted = this.#refusals.admit(refusal, Date.now());
    if (admitted !== null) await this.note(recorded(admitted));
  }

  async noteOf(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): Promise<number> {
    const held = this.#audit.take(agentUid, first, entries, Date.now());
    this.#schedule();
    return held;
  }

  async auditHead(): Promise<Head> {
    try {
      return await this.#audit.write(Date.now());
    } finally {
      this.#schedule();
    }
  }

  async enrol(...asked: Parameters<LobbyRpc['enrol']>): Promise<WireError | null> {
    return this.#hosts.enrol(...asked);
  }

  async hostKey(hostId: HostId): Promise<HostKey | null> {
    return this.#hosts.key(hostId);
  }

  async connects(who: Connecting): Promise<WireError | null> {
    return this.#connections.refusal(who, Date.now());
  }

  async revokeHost(hostId: HostId): Promise<WireError | null> {
    return this.#hosts.revoke(hostId);
  }

  async deleteHost(hostId: HostId): Promise<WireError | null> {
    return this.#hosts.remove(hostId);
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
      case 'send':
        return this.#peers.send(effect.to, effect.message, now, effect.correlationId);
      case 'broadcast':
        return this.#peers.broadcast(effect.message, effect.about ?? null, now);
      case 'tell':
        return this.#peers.send(effect.host, effect.message, now);
      case 'close':
        return this.#end(effect.connection, effect.code, effect.reason);
      case 'close-host':
        for (const connection of this.#peers.ofHost(effect.hostId, effect.below))
          this.#end(connection, effect.code, effect.reason);
        return;
      case 'attach-host':
        return this.#peers.change(effect.connection, () => ({ kind: 'host', since: effect.since }));
      case 'attach-viewer':
        return this.#peers.change(effect.connection, (data) =>
          data.kind === 'viewer' ? { ...data, subscriptions: [...effect.subscriptions] } : data,
        );
      case 'commit':
        return this.#store.commit(effect.commit);
      case 'audit':
        return this.#audit.note(effect.entry, now);
      case 'place-room':
      case 'bury-room':
        return void run(this.env, this.#lobby.team, effect).then((event) => this.#handle(event));
    }
  }

  #schedule(): void {
    const own = {
      tokens: this.#members.due,
      sweep: this.#sweepAt,
      audit: this.#audit.due,
      people: this.#people.due,
    };
    const duties = { core: nextDuty(this.#lobby), ...own };
    this.#alarm.set(earliest(duties));
  }
}
