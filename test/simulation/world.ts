import { AgentSpecSchema, EpochSchema, STREAM, TeamIdSchema } from '@muster/protocol';
import { drawn } from './actions/index.ts';
import { Checks } from './checks.ts';
import { Keeper, type KeeperSetting } from './keeper.ts';
import { Meddler } from './meddler.ts';
import { Network } from './network.ts';
import { Random } from './random.ts';
import { Room, type RoomSetting } from './room.ts';
import { type Scale, scaleOf } from './scale.ts';
import { settle } from './settle.ts';
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
  readonly counts = new Map<string, number>();
  readonly random: Random;
  private readonly truth = new Truth(this.checks);
  private readonly keepers: Keeper[] = [];
  readonly room: Room;
  readonly viewers: readonly Viewer[];
  readonly network: Network;
  readonly meddler: Meddler;
  private readonly parts: Parts;
  readonly scale: Scale;
  keeper: Keeper;
  now = 1_000_000;
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
      const { name, happen } = drawn(this.random.next());
      if (happen(this)) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    }
    settle(this);
  }

  anyViewer(): Viewer {
    const [first, ...rest] = this.viewers;
    if (first === undefined) throw new Error('a world has viewers');
    return this.random.pick([first, ...rest]);
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
  placeAnew(): boolean {
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

  output(bytes: number): boolean {
    this.emitted += 1;
    const data = new Uint8Array(Math.floor(bytes)).fill(97 + (this.emitted % 26));
    data.set(new TextEncoder().encode(`<${this.emitted}>`).subarray(0, data.length));
    const stream = this.random.next() < 0.9 ? STREAM.stdout : STREAM.stderr;
    this.speaker().input({ type: 'output', stream, data }, this.now);
    return true;
  }

  event(): boolean {
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

  /** Time goes by, and what is due happens; ms. */
  wait(ms: number): void {
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
  }

  dial(): void {
    for (const end of [...this.keepers.slice(-2).filter(({ ended }) => !ended), ...this.viewers]) {
      this.network.dial(end, this.now);
    }
  }
}
