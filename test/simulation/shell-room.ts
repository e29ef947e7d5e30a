import { CLOSE, HostIdSchema, type Placement, type RoomSummary, type TeamId } from '@muster/protocol';
import { summaryOf } from '../../worker/src/agent-room/core/reporting/summary.ts';
import type { RoomState } from '../../worker/src/agent-room/core/state.ts';
import type { Context, Durable, Effect, RoomEvent } from '../../worker/src/agent-room/core/types.ts';
import { AgentRoom } from '../../worker/src/agent-room/room.ts';
import { withClaims } from '../../worker/src/socket/handshake.ts';
import { holdRung } from './alarm.ts';
import { Violation } from './checks.ts';
import { adaClaims, alarmBeforeExpiry, hostClaims } from './claims.ts';
import { CommandOracle } from './command-oracle.ts';
import type { Link, Packet } from './link.ts';
import { emptyDatabase } from './platform/database.ts';
import { SimulatedObject } from './platform/object.ts';
import { ObjectSockets, wireOf } from './platform/sockets.ts';
import type { RoomEnd, RoomSetting } from './room.ts';
import { RoomOracle } from './room-oracle.ts';

/** The close code of a link that broke. */
const ABNORMAL = 1006;
/** No host has an agent that is gone. */
const NO_HOST = HostIdSchema.parse('22222222-2222-4222-8222-000000000000');

/** What the simulation watches in a real room. */
interface Watch {
  woke(state: RoomState): void;
  decide(state: RoomState, event: RoomEvent, decide: () => Effect[], context: Context): Effect[];
}
const watches = new Map<string, Watch>();

function watchOf(ctx: DurableObjectState): Watch {
  const watch = watches.get(ctx.id.toString());
  if (watch === undefined) throw new Error('no simulated room has this name');
  return watch;
}

/** The real class, with its decisions watched. */
export class WatchedRoom extends AgentRoom {
  protected override wake(): RoomState {
    const state = super.wake();
    watchOf(this.ctx).woke(state);
    return state;
  }

  protected override decide(state: RoomState, event: RoomEvent, context: Context): Effect[] {
    const decide = () => super.decide(state, event, context);
    return watchOf(this.ctx).decide(state, event, decide, context);
  }
}

let rooms = 0;

/** A room as it ships: the Durable Object's class and its SQLite store, on a simulated platform. */
export class ShellRoom implements RoomEnd {
  oracle: RoomOracle;
  commands: CommandOracle;
  events = 0;
  readonly #setting: RoomSetting;
  readonly #object: SimulatedObject<AgentRoom>;
  readonly #sockets: ObjectSockets;
  /** What the oracles are told once it is durable, in order. */
  readonly #log: (() => void)[] = [];
  readonly #reports: PromiseWithResolvers<number>[] = [];
  /** S14: whether it had a snapshot where the client's newest socket subscribed. */
  readonly #hadSnapshot = new Map<string, boolean>();
  #team: TeamId | null = null;
  #state: RoomState | null = null;
  #stored: Durable | null = null;
  #keeper: string | null = null;
  #deleted = false;
  #isEnding = false;
  #violation: Violation | null = null;

  /** `kind`: the class, where a fault is planted in it. */
  constructor(setting: RoomSetting, kind = WatchedRoom) {
    this.#setting = setting;
    this.oracle = new RoomOracle(setting.checks, setting.truth, setting.requests);
    this.commands = new CommandOracle(setting.checks, setting.commands);
    const name = `room-${++rooms}`;
    watches.set(name, {
      woke: (state) => this.#woke(state),
      decide: (state, event, decide, { now }) => {
        try {
          return this.#decide(state, event, decide, now);
        } catch (error) {
          if (error instanceof Violation) this.#violation = error;
          throw error;
        }
      },
    });
    this.#object = new SimulatedObject(name, kind, this.#environment());
    this.#sockets = new ObjectSockets(this.#object);
    this.#object.run(() => undefined);
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

  /** H2: its alarm, but for that of its tokens. */
  get deadline(): number | null {
    return alarmBeforeExpiry(this.#object.storage.durableAlarm);
  }

  get next(): number {
    return this.#core.next;
  }

  get hasTail(): boolean {
    return this.#core.tail !== null;
  }

  get placement(): Placement | null {
    return this.#core.durable?.placement ?? null;
  }

  get summary(): RoomSummary | null {
    const { durable } = this.#core;
    return durable === null ? null : summaryOf(this.#core, durable);
  }

  get #core(): RoomState {
    if (this.#state === null) this.#object.run(() => undefined);
    if (this.#state === null) throw new Error('a room has a state');
    return this.#state;
  }

  place(team: TeamId, placement: Placement, _now: number): void {
    if (this.#deleted) return;
    this.#team = team;
    this.#run((room) => room.place(team, placement, { keyRevision: 1, revoked: false }));
  }

  hadSnapshot(client: string): boolean {
    return this.#hadSnapshot.get(client) ?? false;
  }

  delete(_now: number): void {
    const { agentUid } = this.placement?.spec ?? {};
    if (agentUid === undefined) return;
    this.#run((room) => room.bury(agentUid));
    this.#deleted = true;
    this.#sockets.clear();
  }

  /** The lobby has answered one of its reports. */
  reported(revision: number | null, _now: number): void {
    const report = this.#reports.shift();
    this.#run(() => {
      if (revision === null) report?.reject(new Error('the lobby cannot be reached'));
      else report?.resolve(revision);
    });
  }

  accept(link: Link, _now: number): void {
    const team = this.#team;
    if (team === null) return void link.toClient.push({ closed: CLOSE.notFound });
    const claims =
      link.role === 'keeper'
        ? hostClaims(team, this.placement?.spec.hostId ?? NO_HOST)
        : adaClaims(team, `session of ${link.client}`);
    const path = link.role === 'keeper' ? 'keepers' : 'agents';
    const request = new Request(`https://muster.example/ws/${path}/a?client=${link.client}`, {
      headers: withClaims(new Headers(), claims, null),
    });
    this.#run((room) => room.fetch(request).then((response) => this.#sockets.connect(link, response)));
  }

  left(link: Link, _now: number): void {
    const socket = this.#sockets.remove(link);
    if (socket !== null) this.#run((room) => room.webSocketClose(socket, ABNORMAL));
  }

  receive(link: Link, packet: Packet, _now: number): void {
    const socket = this.#sockets.find(link);
    const data = wireOf(packet);
    if (socket === null || data === null) return;
    if (typeof data === 'string' && data.includes('"subscribe:agent"'))
      this.#hadSnapshot.set(link.client, this.#core.snapshot !== null);
    this.#run((room) => room.webSocketMessage(socket, data));
  }

  alarm(now: number): void {
    this.#object.storage.takeAlarm();
    this.#run((room) => room.alarm());
    holdRung(this.#setting.checks, this.deadline, now);
  }

  forgetSockets(): void {
    this.#sockets.clear();
  }

  sleep(_now: number): void {
    this.#reports.length = 0;
    this.#object.evict();
    this.#state = null;
    this.#run(() => undefined);
  }

  #run(work: (room: AgentRoom) => unknown): void {
    try {
      this.#object.run(work);
    } catch (error) {
      this.#log.length = 0;
      this.#state = null;
      // A room aborts where its decision throws: what an oracle said is told, not that.
      throw this.#violation ?? error;
    }
    for (const tell of this.#log.splice(0)) tell();
  }

  #renewOracles(): void {
    const { checks, truth, requests, commands } = this.#setting;
    this.oracle = new RoomOracle(checks, truth, requests);
    this.commands = new CommandOracle(checks, commands);
  }

  #woke(state: RoomState): void {
    this.#state = state;
    this.#isEnding = false;
    this.#keeper = state.keeper?.connection ?? null;
    if (!state.deleted) return this.#reportWoke(state);
    // What it stored and told is gone with its agent (N1), unless a reset takes the deletion back.
    this.#log.push(() => {
      this.#renewOracles();
      this.#reportWoke(state);
    });
  }

  #reportWoke(state: RoomState): void {
    this.oracle.woke(state);
    this.commands.woke(state);
  }

  #decide(state: RoomState, event: RoomEvent, decide: () => Effect[], now: number): Effect[] {
    // A deletion ends with new ones, before these are told.
    const { oracle, commands } = this;
    const before = oracle.mark(state);
    const effects = decide();
    this.#state = state;
    oracle.handled(before, event, this.#keeper, state);
    // Deleted with their agent, they end without a word of its host.
    this.#isEnding ||= event.type === 'deleted';
    if (!this.#isEnding) commands.handled(event, effects, state, now);
    for (const effect of effects) {
      if (effect.type === 'attach-keeper') this.#keeper = effect.connection;
      this.#log.push(() => {
        if (effect.type !== 'commit') return oracle.effect(effect);
        this.#stored = effect.commit.durable ?? this.#stored;
        oracle.committed(effect.commit, this.#stored);
        commands.committed(effect.commit);
      });
    }
    if (event.type === 'disconnected' && event.connection === this.#keeper) this.#keeper = null;
    if (effects.length > 0 || state.next !== before.next) this.events += 1;
    return effects;
  }

  #environment() {
    const lobby = {
      report: (report: Parameters<RoomSetting['report']>[1]) => {
        const answer = Promise.withResolvers<number>();
        this.#reports.push(answer);
        // The output gate holds calls back, too.
        this.#object.send(() => this.#setting.report(this, report));
        return answer.promise;
      },
      noteOf: async (_: string, first: number, entries: readonly unknown[]) => first + entries.length - 1,
      refused: async () => undefined,
    };
    return {
      LOBBIES: { idFromName: (name: string) => name, get: () => lobby },
      DB: emptyDatabase(),
      MUSTER_RECORDING_DAYS: '30',
      MUSTER_RECORDING_MIB: '256',
    };
  }
}
