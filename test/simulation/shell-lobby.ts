import { type AgentUid, type HostId, HostIdSchema, type Placement } from '@muster/protocol';
import type { HostKeyState } from '../../worker/src/auth/claims.ts';
import type { RoomReport } from '../../worker/src/rpc.ts';
import { withClaims } from '../../worker/src/socket/handshake.ts';
import { placeRoom } from '../../worker/src/team-lobby/core/agents/index.ts';
import { nextDeadline } from '../../worker/src/team-lobby/core/handle.ts';
import { commit } from '../../worker/src/team-lobby/core/state.ts';
import type {
  AgentRow,
  Context,
  Effect,
  Lobby,
  LobbyEvent,
  UnitOfWork,
} from '../../worker/src/team-lobby/core/types.ts';
import { TeamLobby } from '../../worker/src/team-lobby/lobby.ts';
import { holdRung } from './alarm.ts';
import { ADA, adaClaims, alarmBeforeExpiry, EXPIRES_AT, hostClaims } from './claims.ts';
import type { Link, Packet } from './link.ts';
import type { LobbyEnd, LobbySetting } from './lobby.ts';
import { LobbyOracle } from './lobby-oracle.ts';
import { emptyDatabase } from './platform/database.ts';
import { SimulatedObject } from './platform/object.ts';
import { ObjectSockets, wireOf } from './platform/sockets.ts';

/** The close code of a link that broke. */
const ABNORMAL = 1006;
/** All dashboards come by one sign-in. */
const SESSION = 'session';
/** Told of each decision of the lobby that has this name. */
const watches = new Map<string, (lobby: Lobby, effects: readonly Effect[]) => void>();

/** The real class, with its decisions watched. */
export class WatchedLobby extends TeamLobby {
  protected override decide(lobby: Lobby, event: LobbyEvent, context: Context): readonly Effect[] {
    const effects = super.decide(lobby, event, context);
    watches.get(this.ctx.id.toString())?.(lobby, effects);
    return effects;
  }

  /** What no message asks for yet. */
  act(decide: (context: Context) => readonly Effect[]): void {
    this.perform('act', decide);
  }
}

interface Answer {
  readonly report: RoomReport;
  /** Undefined: there is none yet. */
  revision: number | undefined;
}

/** A lobby as it ships: the Durable Object's class and its SQLite stores, on a simulated platform. */
export class ShellLobby implements LobbyEnd {
  events = 0;
  readonly #setting: LobbySetting;
  readonly #object: SimulatedObject<WatchedLobby>;
  readonly #oracle: LobbyOracle;
  readonly #sockets: ObjectSockets;
  readonly #log: (() => void)[] = [];
  readonly #calls: { readonly agentUid: AgentUid; readonly answer: PromiseWithResolvers<void> }[] = [];
  #answers: Answer[] = [];
  #lobby: Lobby | null = null;

  /** `kind`: the class, where a fault is planted in it. */
  constructor(setting: LobbySetting, kind = WatchedLobby) {
    this.#setting = setting;
    this.#oracle = new LobbyOracle(setting.checks, setting.requests);
    const name = setting.team;
    watches.set(name, (lobby, effects) => this.#decided(lobby, effects));
    this.#object = new SimulatedObject(name, kind, this.#environment());
    this.#sockets = new ObjectSockets(this.#object);
    this.#signIn();
  }

  get fuse(): number | null {
    return this.#object.fuse;
  }

  set fuse(after: number | null) {
    this.#object.fuse = after;
  }

  get commits(): number {
    return this.#object.storage.commits;
  }

  get alarmAt(): number | null {
    return alarmBeforeExpiry(this.#object.storage.durableAlarm);
  }

  get deadline(): number | null {
    return nextDeadline(this.#core);
  }

  get agents(): AgentRow[] {
    return [...this.#core.agents.values()];
  }

  get presenceAt(): number | null {
    return this.#object.timerAt;
  }

  reportOf(agentUid: AgentUid): RoomReport['summary'] | null {
    return this.#core.live.get(agentUid)?.report?.summary ?? null;
  }

  get #core(): Lobby {
    if (this.#lobby === null) this.#run(() => undefined);
    if (this.#lobby === null) throw new Error('a lobby has a state');
    return this.#lobby;
  }

  accept(link: Link, _now: number): void {
    const { team } = this.#setting;
    const claims =
      link.role === 'runner' ? hostClaims(team, HostIdSchema.parse(link.client)) : adaClaims(team, SESSION);
    const request = new Request(`https://muster.example/ws/${link.role}?client=${link.client}`, {
      headers: withClaims(new Headers(), claims, null),
    });
    this.#run((lobby) => this.#sockets.connect(link, lobby.fetch(request)));
  }

  left(link: Link, _now: number): void {
    const socket = this.#sockets.remove(link);
    if (socket !== null) this.#run((lobby) => lobby.webSocketClose(socket, ABNORMAL));
  }

  /** H1: the platform answers pings, and knows when the last was. */
  pinged(): void {}

  receive(link: Link, packet: Packet, _now: number): void {
    const socket = this.#sockets.find(link);
    const data = wireOf(packet);
    if (socket === null || data === null) return;
    this.#run((lobby) => lobby.webSocketMessage(socket, data));
  }

  alarm(now: number): void {
    this.#object.storage.takeAlarm();
    this.#run((lobby) => lobby.alarm());
    holdRung(this.#setting.checks, this.alarmAt, now);
  }

  forgetSockets(): void {
    this.#sockets.clear();
  }

  sleep(_now: number): void {
    this.#calls.length = 0;
    this.#answers = this.#answers.filter(({ revision }) => revision !== undefined);
    this.#lobby = null;
    this.#object.evict();
    this.#run(() => undefined);
  }

  enrol(hostId: HostId, now: number): void {
    const code = { id: `code of ${hostId}`, expiresAt: now + 60_000 };
    const host = { hostId, name: hostId, publicKey: hostId };
    this.#run((lobby) => lobby.enrol(host, code));
  }

  report(report: RoomReport, _now: number): void {
    const answer: Answer = { report, revision: undefined };
    this.#answers.push(answer);
    this.#run((lobby) =>
      lobby.report(report).then((revision) => {
        // The output gate holds answers back, and one of a lobby that is reset never comes.
        this.#log.push(() => {
          answer.revision = revision;
        });
      }),
    );
  }

  isPresencePending(agentUid: AgentUid): boolean {
    return this.#answers.some(
      ({ report, revision }) => report.agentUid === agentUid && revision === undefined,
    );
  }

  flushPresence(now: number): void {
    this.#run(() => this.#object.ringTimers(now));
  }

  acked(report: RoomReport): number {
    const at = this.#answers.findIndex((answer) => answer.report === report);
    const [answer] = at < 0 ? [] : this.#answers.splice(at, 1);
    if (answer?.revision === undefined) throw new Error('the lobby has not answered');
    return answer.revision;
  }

  roomPlaced({ spec }: Placement, _host: HostKeyState, ok: boolean, _now: number): void {
    this.#answered(spec.agentUid, ok);
  }

  roomDeleted(agentUid: AgentUid, ok: boolean, _now: number): void {
    this.#answered(agentUid, ok);
  }

  move(agentUid: AgentUid, hostId: HostId, _now: number, moved: (generation: number) => void): boolean {
    const row = this.#core.agents.get(agentUid);
    if (row === undefined || row.pending !== null) return false;
    const generation = row.generation + 1;
    const spec = { ...row.spec, hostId };
    this.#run((lobby) =>
      lobby.act((context) => {
        const work: UnitOfWork = { ...context, out: [] };
        commit(this.#core, { agents: [{ ...row, spec, generation, roomKnows: false }] }, work);
        placeRoom(this.#core, work, agentUid);
        const host = this.#core.online.get(hostId);
        if (host !== undefined) {
          const payload = { spec, generation, requestId: context.freshId() };
          const message = { type: 'agent:place' as const, payload };
          work.out.push({ type: 'send-to-host', host: host.connection, message });
        }
        this.#decided(this.#core, work.out);
        this.#log.push(() => moved(generation));
        return work.out;
      }),
    );
    return true;
  }

  #answered(agentUid: AgentUid, ok: boolean): void {
    const at = this.#calls.findIndex((call) => call.agentUid === agentUid);
    const [call] = at < 0 ? [] : this.#calls.splice(at, 1);
    this.#run(() => {
      if (ok) call?.answer.resolve();
      else call?.answer.reject(new Error('the room cannot be reached'));
    });
  }

  #run(work: (lobby: WatchedLobby) => unknown): void {
    try {
      this.#object.run(work);
    } catch (error) {
      this.#log.length = 0;
      this.#lobby = null;
      throw error;
    }
    for (const tell of this.#log.splice(0)) tell();
    if (this.#lobby !== null) this.#oracle.handled(this.#lobby);
  }

  #decided(lobby: Lobby, effects: readonly Effect[]): void {
    this.#lobby = lobby;
    if (effects.length > 0) this.events += 1;
    const commits = effects.flatMap((effect) => (effect.type === 'commit' ? [effect.commit] : []));
    this.#log.push(() => this.#oracle.committed(commits));
  }

  /** The one member of this world, by whose session all dashboards come. */
  #signIn(): void {
    const member = { id: ADA, name: 'Ada', role: 'admin' as const };
    const device = { sid: SESSION, device: 'a test', refresh: 'none', address: null, expiresAt: EXPIRES_AT };
    const login = { code: 'of the first member', expiresAt: EXPIRES_AT, member };
    this.#run((lobby) => lobby.people('sign-in', { login, device }));
  }

  #call(agentUid: AgentUid, begin: () => void): Promise<void> {
    const answer = Promise.withResolvers<void>();
    this.#calls.push({ agentUid, answer });
    // The output gate holds calls back, too.
    this.#object.send(begin);
    return answer.promise;
  }

  #environment() {
    const room = {
      place: (_: string, placement: Placement, host: HostKeyState) =>
        this.#call(placement.spec.agentUid, () => this.#setting.placeRoom(placement, host)),
      bury: (agentUid: AgentUid) => this.#call(agentUid, () => this.#setting.deleteRoom(agentUid)),
      standings: async () => undefined,
    };
    return {
      ROOMS: { idFromName: (name: string) => name, get: () => room },
      DB: emptyDatabase(),
      MUSTER_KEY: 'OJlnNoxxdVYNTbxIOn8sG76-sLqXP6sVnfrmZECfF6I', // not a secret: of this world only
      MUSTER_TEAM: this.#setting.team,
    };
  }
}
