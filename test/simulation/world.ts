import { AgentSpecSchema, EpochSchema, STREAM, TeamIdSchema } from '@muster/protocol';
import { Checks, Violation } from './checks.ts';
import { type Action, drawn } from './faults.ts';
import { Keeper, type KeeperSetting } from './keeper.ts';
import { Meddler } from './meddler.ts';
import { Network } from './network.ts';
import { Random } from './random.ts';
import { Room, type RoomSetting } from './room.ts';
import { scaleOf } from './scale.ts';
import { Truth } from './truth.ts';
import { Viewer, type ViewerSetting } from './viewer.ts';

const SPEC = AgentSpecSchema.parse({
  agentUid: '11111111-1111-4111-8111-111111111111',
  agentId: 'a',
  name: 'a',
  kind: 'process',
  hostId: '22222222-2222-4222-8222-222222222222',
  program: { command: 'x' },
  workspace: '/',
  restart: 'never',
  autostart: false,
});
const HISTORIES = ['full', 'full', 'screen'] as const;
const HOUR = 3_600_000;

/** The ends of a world: the real cores, or ones with a planted fault. */
export interface Parts {
  keeper(setting: KeeperSetting, now: number): Keeper;
  room(setting: RoomSetting, now: number): Room;
  viewer(setting: ViewerSetting): Viewer;
}
export const REAL_PARTS: Parts = {
  keeper: (setting, now) => new Keeper(setting, now),
  room: (setting, now) => new Room(setting, now),
  viewer: (setting) => new Viewer(setting),
};

/** One agent's whole life under faults, drawn from a seed: keepers, room and viewers are the real cores. */
export class World {
  readonly checks = new Checks();
  readonly counts = new Map<Action, number>();
  private readonly random: Random;
  private readonly truth = new Truth(this.checks);
  private readonly keepers: Keeper[] = [];
  private readonly room: Room;
  private readonly viewers: readonly Viewer[];
  private readonly network: Network;
  private readonly meddler: Meddler;
  private readonly parts: Parts;
  private readonly scale: ReturnType<typeof scaleOf>;
  private keeper: Keeper;
  private now = 1_000_000;
  private generation = 0;
  private emitted = 0;
  private epochs = 0;

  constructor(seed: number, parts = REAL_PARTS) {
    this.random = new Random(seed);
    this.meddler = new Meddler(this.random);
    this.parts = parts;
    this.scale = scaleOf(seed);
    const { truth, checks } = this;
    const { codec } = this.scale;
    this.keeper = this.newKeeper();
    const placement = { spec: SPEC, generation: this.generation };
    this.room = parts.room({ truth, checks, team: TeamIdSchema.parse('t'), placement, codec }, this.now);
    const kept: ViewerSetting['kept'] = (epoch, sequence) =>
      truth.at(epoch, sequence)?.kind !== 'gap' &&
      (this.room.oracle.holds(epoch, sequence) ||
        (!truth.isLost(epoch, sequence) && this.keeper.has(epoch, sequence)));
    this.viewers = HISTORIES.map((history) =>
      parts.viewer({ history, truth, checks, agentId: SPEC.agentId, codec, kept }),
    );
    this.network = new Network(this.room, this.random, (owner) => owner instanceof Keeper);
  }

  /** Inputs that changed the state of some core. */
  get events(): number {
    const ends = [...this.keepers, ...this.viewers, this.room];
    return ends.reduce((sum, { events }) => sum + events, 0);
  }

  /** @throws Violation */
  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      const action = drawn(this.random.next());
      if (this.act(action)) this.counts.set(action, (this.counts.get(action) ?? 0) + 1);
    }
    this.settle();
  }

  /** False: there was nothing to do it to. */
  private act(action: Action): boolean {
    switch (action) {
      case 'output':
        return this.output(this.random.between(1, 400));
      case 'flood':
        return this.output(this.random.between(this.scale.flood / 8, this.scale.flood));
      case 'event':
        return this.event();
      case 'deliver':
        this.network.deliver(this.random.between(1, 20), this.now);
        return true;
      case 'wait':
        return this.wait(this.random.pick([1, 10, 60, 500, 1_100, 11_000]));
      case 'dial':
        return this.dial();
      case 'restart':
        return this.restart(0);
      case 'tornWrite':
        return this.restart(this.random.between(1, 60));
      case 'powerLoss':
        this.leaveKeeper();
        this.keeper.losePower(this.random.between(0, 900), this.now);
        return true;
      case 'fullDisk':
        this.keeper.disk.capacity = this.keeper.disk.used + this.random.between(0, 500);
        return true;
      case 'freeDisk':
        this.keeper.disk.capacity = Number.POSITIVE_INFINITY;
        return true;
      case 'placeAnew':
        return this.placeAnew();
      default:
        return this.disturb(action);
    }
  }

  /** Faults of the network and of the object. */
  private disturb(
    action: Exclude<
      Action,
      | 'output'
      | 'flood'
      | 'event'
      | 'deliver'
      | 'wait'
      | 'dial'
      | 'restart'
      | 'tornWrite'
      | 'powerLoss'
      | 'fullDisk'
      | 'freeDisk'
      | 'placeAnew'
    >,
  ): boolean {
    switch (action) {
      case 'hibernate':
        this.room.sleep();
        return true;
      case 'reset':
        this.network.reset(this.now);
        return true;
      case 'resetMidway':
        this.room.fuse = this.random.between(0, 6);
        return true;
      case 'lobbyAway':
      case 'lobbyBack':
        this.room.lobbyAway = action === 'lobbyAway';
        return true;
      case 'slowViewer':
        return this.stall(this.random.pick(this.ends(this.viewers)).link, 60_000);
    }
    const link = this.network.any();
    if (link === null) return false;
    switch (action) {
      case 'cut':
        this.network.cut(link, this.now);
        return true;
      case 'halfOpen':
        this.network.abandon(link, this.now);
        return true;
      case 'delay':
        return this.stall(link, 2_000);
      case 'duplicate':
      case 'reorder':
      case 'drop':
        return this.meddler[action](link);
    }
  }

  private ends(viewers: readonly Viewer[]): readonly [Viewer, ...Viewer[]] {
    const [first, ...rest] = viewers;
    if (first === undefined) throw new Error('a world has viewers');
    return [first, ...rest];
  }

  private stall(link: { stalledUntil: number } | null, most: number): boolean {
    if (link === null) return false;
    link.stalledUntil = this.now + this.random.between(1, most);
    return true;
  }

  private newKeeper(): Keeper {
    this.generation += 1;
    const { truth, checks, generation } = this;
    const keeper = this.parts.keeper(
      {
        truth,
        checks,
        agentUid: SPEC.agentUid,
        generation,
        limits: this.scale.spool,
        codec: this.scale.codec,
        newEpoch: () => {
          this.epochs += 1;
          return EpochSchema.parse(this.epochs.toString(16).padStart(16, '0'));
        },
      },
      this.now,
    );
    this.keepers.push(keeper);
    return keeper;
  }

  /** N2: the agent is placed on another host; the old keeper does not know, and goes on. */
  private placeAnew(): boolean {
    const old = this.keeper;
    this.keeper = this.newKeeper();
    for (const epoch of old.epochs) this.truth.lose(epoch, 0, Number.POSITIVE_INFINITY);
    // The new host may be quicker than the lobby's word to the room.
    if (this.random.next() < 0.3) this.network.dial(this.keeper, this.now);
    if (this.random.next() < 0.3) this.network.deliver(20, this.now);
    const placement = { spec: SPEC, generation: this.generation };
    const tell = () => this.network.inRoom(() => this.room.place(placement, this.now), this.now);
    tell();
    // The lobby says it again to a room that died of it; one that heard it takes no notice.
    tell();
    return true;
  }

  private output(bytes: number): boolean {
    this.emitted += 1;
    const data = new Uint8Array(Math.floor(bytes)).fill(97 + (this.emitted % 26));
    data.set(new TextEncoder().encode(`<${this.emitted}>`).subarray(0, data.length));
    const stream = this.random.next() < 0.9 ? STREAM.stdout : STREAM.stderr;
    this.speaker().input({ type: 'output', stream, data }, this.now);
    return true;
  }

  private event(): boolean {
    this.emitted += 1;
    const event = { type: 'program:resized', cols: 1 + (this.emitted % 1_000), rows: 24 } as const;
    this.speaker().input({ type: 'event', event }, this.now);
    return true;
  }

  /** Now and then a keeper of an older start, that has not heard of its end. */
  private speaker(): Keeper {
    const old = this.keepers.at(-2);
    return old !== undefined && !old.ended && this.random.next() < 0.1 ? old : this.keeper;
  }

  private wait(ms: number): boolean {
    const until = this.now + ms;
    for (;;) {
      const alive = this.keepers.filter(({ ended }) => !ended);
      const due = Math.min(this.room.duty ?? until + 1, ...alive.map(({ timer }) => timer ?? until + 1));
      if (due > until) break;
      this.now = Math.max(this.now, due);
      for (const keeper of alive)
        if (keeper.timer !== null && keeper.timer <= this.now) keeper.tick(this.now);
      if (this.room.duty !== null && this.room.duty <= this.now) {
        this.network.inRoom(() => this.room.alarm(this.now), this.now);
      }
    }
    this.now = until;
    for (const viewer of this.viewers) viewer.tick(this.now);
    return true;
  }

  /** A keeper process ends: its socket closes, sooner or later for the room. */
  private leaveKeeper(): void {
    const { link } = this.keeper;
    if (link === null) return;
    if (this.random.next() < 0.5) this.network.cut(link, this.now);
    else this.network.abandon(link, this.now);
  }

  private restart(torn: number): boolean {
    this.leaveKeeper();
    this.keeper.disk.capacity = Number.POSITIVE_INFINITY;
    this.keeper.restart(this.now, torn);
    return true;
  }

  private dial(): boolean {
    for (const end of [...this.keepers.slice(-2).filter(({ ended }) => !ended), ...this.viewers]) {
      this.network.dial(end, this.now);
    }
    return true;
  }

  /** The faults end; everybody must come to the same end, and then to rest. */
  private settle(): void {
    this.room.fuse = null;
    this.room.lobbyAway = false;
    this.keeper.disk.capacity = Number.POSITIVE_INFINITY;
    for (const { link } of this.network.lines) link.stalledUntil = 0;
    this.drain();
    this.wait(2_000);
    this.event();
    this.keeper.input({ type: 'event', event: { type: 'program:resized', cols: 1_000, rows: 1 } }, this.now);
    this.keeper.input({ type: 'output-ended' }, this.now);
    for (let round = 0; round < 1_000 && !this.atRest(); round += 1) {
      this.dial();
      this.drain();
      this.wait(200);
    }
    this.checks.hold('S7', this.atRest(), () => `they do not come to the same end: ${this.describe()}`);
    this.rest();
  }

  /** H2: nothing is due, and an hour goes by without a row written. */
  private rest(): void {
    this.wait(60_000);
    this.drain();
    this.checks.hold('H2', this.room.duty === null, () => `idle, and due at ${this.room.duty}`);
    const { commits } = this.room;
    this.wait(HOUR);
    this.drain();
    this.checks.hold('H2', this.room.commits === commits, () => 'an idle room writes');
  }

  private drain(): void {
    for (let round = 0; round < 4_000; round += 1) {
      if (this.network.quiet) return;
      this.network.deliver(50, this.now);
    }
    throw new Violation('S8', `it never falls silent: ${this.describe()}`);
  }

  private atRest(): boolean {
    const { end } = this.keeper;
    return (
      end !== undefined &&
      !this.room.hasTail &&
      this.room.next === end.last + 1 &&
      this.viewers.every(({ at, live }) => live && at?.epoch === end.epoch && at.sequence === end.last)
    );
  }

  private describe(): string {
    const viewers = this.viewers.map((viewer) => ({ at: viewer.at, live: viewer.live }));
    return JSON.stringify({ end: this.keeper.end, next: this.room.next, viewers });
  }
}
