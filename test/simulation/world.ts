import { type AgentUid, EpochSchema, type HostId, HostIdSchema, TeamIdSchema } from '@muster/protocol';
import type { RoomReport } from '../../worker/src/rpc.ts';
import { drawn } from './actions/index.ts';
import { AGENT_ID, Agent } from './agent.ts';
import { Calls } from './calls.ts';
import { Checks } from './checks.ts';
import { Clock } from './clock.ts';
import { Dashboard } from './dashboard.ts';
import type { Keeper } from './keeper.ts';
import type { LobbyEnd } from './lobby.ts';
import { Meddler } from './meddler.ts';
import { Network } from './network.ts';
import { type Parts, REAL_PARTS } from './parts.ts';
import { Programs } from './programs.ts';
import { Random } from './random.ts';
import { RequestOracle } from './request-oracle.ts';
import type { RoomEnd } from './room.ts';
import type { Runner } from './runner.ts';
import { type Scale, scaleOf } from './scale.ts';
import { settle } from './settle.ts';
import type { Viewer } from './viewer.ts';

const TEAM = TeamIdSchema.parse('t');
const HOSTS = [1, 2].map((host) => HostIdSchema.parse(`22222222-2222-4222-8222-00000000000${host}`));
const DASHBOARDS = ['ada', 'bob'];
/** Of so many packets, one step of a call between objects. */
const CALL_EVERY = 4;

/** A team's whole life under faults, drawn from a seed: lobby, rooms, keepers, viewers and dashboards are the real cores. */
export class World {
  readonly checks = new Checks();
  /** How often each thing happened. */
  readonly counts = new Map<string, number>();
  readonly random: Random;
  readonly scale: Scale;
  readonly network: Network;
  readonly calls: Calls;
  readonly meddler: Meddler;
  readonly lobby: LobbyEnd;
  readonly runners: readonly Runner[];
  readonly dashboards: readonly Dashboard[];
  /** Every agent there was, the newest last. */
  readonly agents: Agent[] = [];
  readonly clock: Clock;
  readonly programs = new Programs(this);
  private readonly requests = new RequestOracle(this.checks);
  private readonly parts: Parts;
  private epochs = 0;
  private ids = 0;

  constructor(seed: number, parts: Parts = REAL_PARTS) {
    this.random = new Random(seed);
    this.parts = parts;
    this.scale = scaleOf(seed);
    this.meddler = new Meddler(this.random);
    this.network = new Network(this.random);
    this.calls = new Calls(this.network, this.random);
    this.clock = new Clock(this);
    this.network.lost = (server) => {
      this.calls.orphan(server);
      // A start takes time.
      this.clock.now += 1;
    };
    this.lobby = this.newLobby();
    this.runners = HOSTS.map((hostId) => this.newRunner(hostId));
    this.dashboards = DASHBOARDS.map((client) => this.newDashboard(client));
    for (const hostId of HOSTS) this.lobby.enrol(hostId, this.now);
    this.dial();
    this.clock.drain();
    this.create(this.dashboards[0]);
    this.clock.drain();
    this.dial();
  }

  get now(): number {
    return this.clock.now;
  }

  /** The one that has the name, or had it last. */
  get agent(): Agent {
    const newest = this.agents.findLast(({ keepers }) => keepers.length > 0);
    if (newest === undefined) throw new Error('a world has an agent');
    return newest;
  }

  get keeper(): Keeper {
    const { keeper } = this.agent;
    if (keeper === undefined) throw new Error('an agent that was placed has a keeper');
    return keeper;
  }

  get keepers(): Keeper[] {
    return this.agents.flatMap(({ keepers }) => keepers).filter(({ alive }) => alive);
  }

  /** Everyone who uses the client's cores. */
  get people(): readonly (Dashboard | Viewer)[] {
    return [...this.dashboards, ...this.agents.flatMap(({ viewers }) => viewers)];
  }

  /** Inputs that changed the state of some core. */
  get events(): number {
    const ends = this.agents.flatMap(({ keepers, viewers, room }) => [...keepers, ...viewers, room]);
    return [...ends, this.lobby, ...this.runners, ...this.dashboards].reduce(
      (sum, { events }) => sum + events,
      0,
    );
  }

  /** @throws Violation */
  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      const { name, happen } = drawn(this.random.next(), this.scale);
      if (happen(this)) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    }
    settle(this);
  }

  anyViewer(): Viewer | undefined {
    const { viewers } = this.agent;
    return viewers[this.random.between(0, viewers.length - 1)];
  }

  anyDashboard(): Dashboard | undefined {
    return this.dashboards[this.random.between(0, this.dashboards.length - 1)];
  }

  /** Now and then a keeper of an older start, that has not heard of its end. */
  speaker(): Keeper {
    const old = this.agent.keepers.at(-2);
    return old?.alive === true && this.random.next() < 0.2 ? old : this.keeper;
  }

  /** N1: under the name that any agent before it had. */
  create(by: Dashboard | undefined): boolean {
    if (by === undefined || this.lobby.agents.length > 0) return false;
    by.ask(
      {
        type: 'agent:create',
        payload: { name: AGENT_ID, kind: 'terminal', autostart: false, ...this.scale.commands },
      },
      this.now,
    );
    return true;
  }

  /** N2: the agent is placed on another host; the old keeper does not know, and goes on. */
  move(): boolean {
    const { agentUid, truth } = this.agent;
    const row = this.lobby.agents.find(({ spec }) => spec.agentUid === agentUid);
    const to = HOSTS.find((hostId) => hostId !== row?.spec.hostId);
    if (to === undefined) return false;
    let moved = false;
    this.network.inServer(
      this.lobby,
      () => {
        moved = this.lobby.move(agentUid, to, this.now, (generation) => truth.movedTo(generation));
      },
      this.now,
    );
    return moved;
  }

  /** Whoever has no socket and may, tries now. */
  dial(): void {
    for (const { agents } of this.dashboards) {
      for (const { agentUid } of agents) this.agents.find((agent) => agent.agentUid === agentUid)?.watch();
    }
    for (const end of this.people) {
      end.redial.now(this.now);
      if (end.redial.dials) this.network.dial(end, this.now);
    }
    for (const end of [...this.runners, ...this.keepers]) this.network.dial(end, this.now);
  }

  deliver(count: number): void {
    this.network.deliver(count, this.now);
    for (let call = 0; call < count; call += CALL_EVERY) this.calls.deliver(this.now);
  }

  private newLobby(): LobbyEnd {
    const { checks, requests, calls } = this;
    const lobby = this.parts.lobby({
      team: TEAM,
      checks,
      requests,
      codec: this.scale.codec,
      freshId: () => {
        this.ids += 1;
        return `00000000-0000-4000-8000-${String(this.ids).padStart(12, '0')}`;
      },
      placeRoom: (placement, host) => {
        const { room } = this.agentOf(placement.spec.agentUid);
        calls.post({
          from: lobby,
          to: room,
          run: (now) => room.place(TEAM, placement, now),
          back: (ok, now) => lobby.roomPlaced(placement, host, ok, now),
        });
      },
      deleteRoom: (agentUid) => {
        const { room } = this.agentOf(agentUid);
        calls.post({
          from: lobby,
          to: room,
          run: (now) => room.delete(now),
          back: (ok, now) => lobby.roomDeleted(agentUid, ok, now),
        });
      },
    });
    return lobby;
  }

  private agentOf(agentUid: AgentUid): Agent {
    const known = this.agents.find((agent) => agent.agentUid === agentUid);
    if (known !== undefined) return known;
    const { checks, random, requests, scale, parts } = this;
    const agent = new Agent({
      agentUid,
      checks,
      random,
      requests,
      scale,
      parts,
      newEpoch: () => {
        this.epochs += 1;
        return EpochSchema.parse(this.epochs.toString(16).padStart(16, '0'));
      },
      report: (room, report) => this.report(room, report),
    });
    this.agents.push(agent);
    return agent;
  }

  /** R3. */
  private report(room: RoomEnd, report: RoomReport): void {
    const { lobby } = this;
    this.calls.post({
      from: room,
      to: lobby,
      run: (now) => lobby.report(report, now),
      waits: () => lobby.isPresencePending(report.agentUid),
      back: (ok, now) => room.reported(ok ? lobby.acked(report) : null, now),
    });
  }

  private newRunner(hostId: HostId): Runner {
    return this.parts.runner({
      server: this.lobby,
      hostId,
      codec: this.scale.codec,
      checks: this.checks,
      now: () => this.now,
      start: (placement, owner) => this.agentOf(placement.spec.agentUid).start(placement, owner, this.now),
      hangUp: ({ link }) => {
        if (link !== null) this.network.cut(link, this.now);
      },
    });
  }

  private newDashboard(client: string): Dashboard {
    const { checks, random, requests } = this;
    return new Dashboard({
      server: this.lobby,
      client,
      codec: this.scale.codec,
      checks,
      random,
      requests,
    });
  }
}
