import type { AgentUid, HostFacts, HostId } from '@muster/protocol';
import {
  type Effect,
  handle,
  newRunner,
  type RunnerEvent,
} from '../../agent-runner/src/runner/core/index.ts';
import type { Checks } from './checks.ts';
import { Host, type HostSetting } from './host.ts';
import { forRunner, type Link, type Packet, packed } from './link.ts';
import { RunnerOracle } from './runner-oracle.ts';
import type { Client, Server } from './server.ts';

const FACTS: HostFacts = {
  name: 'host',
  platform: 'linux',
  arch: 'x64',
  cpus: 2,
  memory: 1,
  bootId: 'boot',
  roots: ['/'],
  defaultWorkspace: '/',
  containment: 'process-table',
};

export interface RunnerSetting extends Omit<HostSetting, 'linkChanged' | 'closed'> {
  readonly server: Server;
  readonly hostId: HostId;
  readonly codec: boolean;
  readonly checks: Checks;
}

/** A runner process: the real core, whose effects are carried out on a simulated machine that outlives it. */
export class Runner implements Client {
  readonly role = 'runner';
  readonly generation = 0;
  link: Link | null = null;
  /** Events that the core did something about. */
  events = 0;
  readonly host: Host;
  protected core = newRunner();
  private readonly setting: RunnerSetting;
  private readonly oracle: RunnerOracle;
  private readonly timers = new Map<AgentUid, number>();
  private pending: RunnerEvent[] = [];
  private isHandling = false;

  constructor(setting: RunnerSetting) {
    this.setting = setting;
    this.host = new Host({
      ...setting,
      linkChanged: (agentUid, linked) => this.handle({ type: 'keeper-linked', agentUid, linked }),
      closed: (agentUid) =>
        this.handle({ type: 'keeper-closed', agentUid, hasFiles: this.host.files.has(agentUid) }),
    });
    this.oracle = new RunnerOracle(setting.checks, this.host);
  }

  get server(): Server {
    return this.setting.server;
  }

  get client(): string {
    return this.setting.hostId;
  }

  get dueAt(): number | null {
    let due: number | null = null;
    for (const at of this.timers.values()) if (due === null || at < due) due = at;
    return due;
  }

  attach(link: Link): void {
    this.link = link;
    const { hostId } = this.setting;
    this.handle({ type: 'link-opened', host: { hostId, version: 'simulated', facts: FACTS } });
  }

  detach(): void {
    this.link = null;
    this.handle({ type: 'link-lost' });
  }

  drained(): void {}

  receive(packet: Packet): void {
    this.handle({ type: 'lobby-message', message: forRunner(packet).message });
  }

  tick(now: number): void {
    for (const [agentUid, at] of [...this.timers]) {
      if (at > now || !this.timers.delete(agentUid)) continue;
      this.handle({ type: 'timer', agentUid });
    }
    this.oracle.tick(now);
  }

  /** P3: kill -9 and start: its keepers have gone on. */
  restart(): void {
    this.core = newRunner();
    this.timers.clear();
    this.pending = [];
    this.host.detach();
    this.handle({ type: 'recovered', agents: new Map(this.host.files) });
  }

  /** Where a planted fault may stand around the core. */
  protected decide(event: RunnerEvent): readonly Effect[] {
    return handle(this.core, event, { now: this.setting.now() });
  }

  /** An event that comes while another is handled waits for its effects. */
  private handle(event: RunnerEvent): void {
    this.pending.push(event);
    if (this.isHandling) return;
    this.isHandling = true;
    try {
      this.oracle.handling(event);
      this.handlePending();
      this.oracle.handled(event);
    } finally {
      this.isHandling = false;
    }
  }

  private handlePending(): void {
    for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) {
      const effects = this.decide(next);
      if (effects.length > 0) this.events += 1;
      for (const effect of effects) this.perform(effect);
    }
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.oracle.sent(effect.message);
        this.link?.toServer.push(packed(effect.message, this.setting.codec));
        return;
      case 'set-timer':
        return this.setTimer(effect.agentUid, effect.at);
      case 'perform': {
        const { agentUid, step, action } = effect;
        const outcome = this.host.act(agentUid, action);
        this.pending.push({ type: 'performed', agentUid, step, outcome });
        return;
      }
      case 'log':
      case 'stopped':
        return;
    }
  }

  /** What is due at once happens at once. */
  private setTimer(agentUid: AgentUid, at: number | null): void {
    this.timers.delete(agentUid);
    if (at === null) return;
    if (at > this.setting.now()) this.timers.set(agentUid, at);
    else this.pending.push({ type: 'timer', agentUid });
  }
}
