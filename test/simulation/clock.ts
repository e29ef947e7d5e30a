import { Violation } from './checks.ts';
import { described } from './settle.ts';
import type { World } from './world.ts';

/** Time goes by in a world, and what is due happens then. */
export class Clock {
  /** ms. */
  now = 1_000_000;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  wait(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      this.ping();
      const due = this.nextDue();
      if (due > until) break;
      this.now = Math.max(this.now, due);
      this.ring();
    }
    this.now = until;
    for (const client of this.world.people) if (!client.asleep) client.tick(this.now);
    for (const runner of this.world.runners) runner.tick(this.now);
  }

  /** Everything that is under way arrives. */
  drain(): void {
    const { world } = this;
    for (let round = 0; round < 4_000; round += 1) {
      for (const runner of world.runners) runner.tick(this.now);
      if (world.network.quiet && world.calls.quiet) return;
      world.deliver(50);
    }
    throw new Violation('S8', `it never falls silent: ${described(world)}`);
  }

  private nextDue(): number {
    const { lobby, agents, keepers, people, runners } = this.world;
    let due = lobby.alarmAt ?? Number.POSITIVE_INFINITY;
    const take = (at: number | null) => {
      if (at !== null && at < due) due = at;
    };
    take(lobby.presenceAt);
    for (const { room } of agents) take(room.deadline);
    for (const { timer } of keepers) take(timer);
    for (const { dueAt } of runners) take(dueAt);
    for (const { redial, asleep } of people) if (!asleep) take(this.whole(redial.dueAt));
    return due;
  }

  /** A retry is due between two ms, and a clock tells whole ones. Kept seeds (`seeds.ts`) were found with such times. */
  private whole(at: number | null): number | null {
    return at === null || !this.world.scale.laptops ? at : Math.ceil(at);
  }

  private ring(): void {
    const { lobby, agents, keepers, people, network, runners } = this.world;
    const isDue = (at: number | null) => at !== null && at <= this.now;
    for (const runner of runners) if (isDue(runner.dueAt)) runner.tick(this.now);
    for (const keeper of keepers) if (isDue(keeper.timer)) keeper.tick(this.now);
    for (const { room } of agents) {
      if (isDue(room.deadline)) network.inServer(room, () => room.alarm(this.now), this.now);
    }
    if (isDue(lobby.presenceAt)) network.inServer(lobby, () => lobby.flushPresence(this.now), this.now);
    if (isDue(lobby.alarmAt)) network.inServer(lobby, () => lobby.alarm(this.now), this.now);
    for (const client of people) {
      if (client.asleep) continue;
      client.redial.due(this.now);
      if (client.redial.dials) network.dial(client, this.now);
    }
  }

  /** H1: whoever has a socket pings in time, and the platform answers. */
  private ping(): void {
    const { lobby, network } = this.world;
    for (const { link, server, owner } of network.lines) {
      if (server === lobby && owner !== null && link.stalledUntil <= this.now) lobby.pinged(link, this.now);
    }
  }
}
