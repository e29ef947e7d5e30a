import { AgentSpecSchema, STREAM, TeamIdSchema } from '@muster/protocol';
import { Keeper } from './keeper.ts';
import { Link } from './link.ts';
import { Random } from './random.ts';
import { Reset, Room } from './room.ts';
import { Truth } from './truth.ts';
import { Viewer } from './viewer.ts';

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

/** What can happen, and how often beside the others. */
const ACTIONS = {
  output: 30,
  flood: 1,
  event: 4,
  deliver: 60,
  wait: 12,
  cutKeeper: 1,
  cutViewer: 2,
  dial: 8,
  sleep: 3,
  reset: 2,
  resetMidway: 2,
  restartKeeper: 1,
  losePower: 1,
} as const;
export type Action = keyof typeof ACTIONS;
const NAMES = Object.keys(ACTIONS) as [Action, ...Action[]];
const WEIGHT = Object.values(ACTIONS).reduce<number>((sum, weight) => sum + weight, 0);

/** One agent's whole life under faults, drawn from a seed: keeper, room and viewers are the real cores. */
export class World {
  readonly counts = new Map<Action, number>();
  /** Events that changed the state of some core. */
  events = 0;
  private readonly random: Random;
  private readonly truth = new Truth();
  private readonly keeper: Keeper;
  private readonly room: Room;
  private readonly viewers: Viewer[];
  private now = 1_000_000;
  private links = 0;
  private emitted = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.keeper = new Keeper(this.truth, SPEC.agentUid, this.now);
    this.room = new Room(TeamIdSchema.parse('t'), { spec: SPEC, generation: 1 }, this.now);
    this.viewers = (['full', 'full', 'screen'] as const).map(
      (history) => new Viewer(history, this.truth, SPEC.agentId),
    );
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) this.act(this.draw());
    this.settle();
  }

  private draw(): Action {
    let at = this.random.next() * WEIGHT;
    for (const name of NAMES) {
      at -= ACTIONS[name];
      if (at < 0) return name;
    }
    return 'deliver';
  }

  private act(action: Action): void {
    this.counts.set(action, (this.counts.get(action) ?? 0) + 1);
    switch (action) {
      case 'output':
        return this.output(this.random.between(1, 40));
      case 'flood':
        return this.output(this.random.between(10_000, 700_000));
      case 'event':
        return this.keeper.input(
          { type: 'event', event: { type: 'program:resized', cols: 80, rows: 24 } },
          this.now,
        );
      case 'deliver':
        return this.deliver(this.random.between(1, 20));
      case 'wait':
        return this.wait(this.random.pick([1, 10, 60, 500, 1_100, 11_000]));
      case 'cutKeeper':
        return this.cut(this.keeper.link);
      case 'cutViewer':
        return this.cut(this.random.pick(this.viewers as [Viewer, ...Viewer[]]).link);
      case 'dial':
        return this.dial();
      case 'sleep':
        return this.room.sleep();
      case 'reset':
        return this.reset();
      case 'resetMidway':
        this.room.fuse = this.random.between(0, 6);
        return;
      case 'restartKeeper':
        this.dropKeeper();
        return this.keeper.restart(this.now);
      case 'losePower':
        this.dropKeeper();
        return this.keeper.losePower(this.random.between(0, 400), this.now);
    }
  }

  private output(bytes: number): void {
    this.emitted += 1;
    const mark = `<${this.emitted}>`;
    const data = new TextEncoder().encode(mark + 'x'.repeat(Math.max(0, bytes - mark.length)));
    this.events += 1;
    this.keeper.input({ type: 'output', stream: STREAM.stdout, data }, this.now);
  }

  private ends(): { link: Link; owner: Keeper | Viewer }[] {
    return [this.keeper, ...this.viewers].flatMap((owner) =>
      owner.link === null ? [] : [{ link: owner.link, owner }],
    );
  }

  /** Some packets arrive, on any link, in each direction in order. */
  private deliver(count: number): void {
    for (let packet = 0; packet < count; packet += 1) {
      const ready = this.ends().filter(({ link }) => link.toServer.length + link.toClient.length > 0);
      const chosen = ready[this.random.between(0, Math.max(0, ready.length - 1))];
      if (chosen === undefined) return;
      this.deliverOne(chosen.link, chosen.owner);
    }
  }

  private deliverOne(link: Link, owner: Keeper | Viewer): void {
    const up = link.toServer.length > 0 && (link.toClient.length === 0 || this.random.next() < 0.5);
    const packet = up ? link.toServer.shift() : link.toClient.shift();
    if (packet === undefined) return;
    this.events += 1;
    if (!up) return owner.hear(packet, this.now);
    this.inRoom(() => this.room.hear(link, packet, this.now));
    if (owner instanceof Keeper && typeof packet !== 'string') {
      this.keeper.input({ type: 'drained', bytes: packet.length }, this.now);
    }
  }

  private wait(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const due = Math.min(
        this.keeper.timer ?? Number.POSITIVE_INFINITY,
        this.room.duty ?? Number.POSITIVE_INFINITY,
      );
      if (due > until) break;
      this.now = Math.max(this.now, due);
      this.events += 1;
      if (this.keeper.timer !== null && this.keeper.timer <= this.now) this.keeper.tick(this.now);
      if (this.room.duty !== null && this.room.duty <= this.now) this.inRoom(() => this.room.alarm(this.now));
    }
    this.now = until;
    for (const viewer of this.viewers) viewer.tick(this.now);
  }

  private cut(link: Link | null): void {
    if (link === null) return;
    link.cut();
    this.inRoom(() => this.room.left(link, this.now));
    this.hangUp(link);
  }

  private hangUp(link: Link): void {
    if (this.keeper.link === link) this.keeper.detach(this.now);
    for (const viewer of this.viewers) if (viewer.link === link) viewer.detach();
  }

  private dropKeeper(): void {
    const { link } = this.keeper;
    if (link === null) return;
    link.cut();
    this.inRoom(() => this.room.left(link, this.now));
  }

  /** Something reaches the object; it may be reset in the middle of it. */
  private inRoom(happens: () => void): void {
    try {
      happens();
    } catch (error) {
      if (!(error instanceof Reset)) throw error;
      this.reset();
    }
  }

  /** The object dies with its sockets, as in a deploy: what it had not stored is gone. */
  private reset(): void {
    for (const { link } of [...this.room.sockets.values()]) {
      this.room.sockets.delete(link.connection);
      link.cut();
      this.hangUp(link);
    }
    this.room.fuse = null;
    this.room.sleep();
  }

  private dial(): void {
    if (this.keeper.link === null) {
      const link = this.newLink('keeper');
      this.keeper.attach(link, this.now);
    }
    for (const viewer of this.viewers) {
      if (viewer.link !== null) continue;
      const link = this.newLink('viewer');
      if (this.room.sockets.has(link.connection)) viewer.attach(link);
    }
  }

  private newLink(role: 'viewer' | 'keeper'): Link {
    this.links += 1;
    const link = new Link(`${role}-${this.links}`);
    this.inRoom(() => this.room.accept(link, role, this.now));
    return link;
  }

  /** The faults end; everybody must come to the same end. */
  private settle(): void {
    this.room.fuse = null;
    this.keeper.input({ type: 'output-ended' }, this.now);
    for (let round = 0; round < 400; round += 1) {
      this.dial();
      this.drain();
      if (this.atRest()) return;
      this.wait(200);
    }
    throw new Error(`it never settles: ${this.describe()}`);
  }

  private drain(): void {
    for (let round = 0; round < 2_000; round += 1) {
      if (!this.ends().some(({ link }) => link.toServer.length + link.toClient.length > 0)) return;
      this.deliver(50);
    }
    throw new Error(`it never falls silent: ${this.describe()}`);
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
