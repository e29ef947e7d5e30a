import {
  type AgentUid,
  type HostFacts,
  type HostId,
  type Placement,
  type RunnerMessage,
  wireError,
} from '@muster/protocol';
import { reconcile } from '../../agent-runner/src/runner/reconcile.ts';
import type { Keeper } from './keeper.ts';
import { type Link, type Packet, packed, toldRunner } from './link.ts';
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

export interface RunnerSetting {
  readonly server: Server;
  readonly hostId: HostId;
  readonly codec: boolean;
  readonly start: (placement: Placement) => Keeper;
  readonly end: (keeper: Keeper) => void;
}

interface Kept {
  placement: Placement;
  readonly keeper: Keeper;
  told: boolean;
}

/** A host: its keepers, and what the lobby wants of it. */
export class Runner implements Client {
  readonly role = 'runner';
  readonly generation = 0;
  link: Link | null = null;
  /** The next new agent cannot be started. */
  refuses = false;
  readonly kept = new Map<AgentUid, Kept>();
  private readonly setting: RunnerSetting;
  private welcomed = false;

  constructor(setting: RunnerSetting) {
    this.setting = setting;
  }

  get server(): Server {
    return this.setting.server;
  }

  get client(): string {
    return this.setting.hostId;
  }

  attach(link: Link): void {
    this.link = link;
    const agents = [...this.kept.values()].map(({ placement: { spec, generation }, keeper }) => ({
      agentUid: spec.agentUid,
      generation,
      healthy: keeper.healthy,
    }));
    const { hostId } = this.setting;
    this.say({ type: 'runner:hello', payload: { hostId, version: 'simulated', facts: FACTS, agents } });
  }

  detach(): void {
    this.link = null;
    this.welcomed = false;
  }

  drained(): void {}

  hear(packet: Packet): void {
    const { message } = toldRunner(packet);
    switch (message.type) {
      case 'lobby:welcome':
        return this.welcome(message.payload.agents);
      case 'agent:place':
        return this.place(message.payload);
      case 'agent:remove':
        this.remove(message.payload.agentUid);
        return this.say({ type: 'agent:removed', payload: message.payload });
    }
  }

  /** Tells which keepers are well, where that is another than it was. */
  tick(): void {
    if (!this.welcomed) return;
    for (const [agentUid, kept] of this.kept) {
      const { healthy } = kept.keeper;
      if (healthy === kept.told) continue;
      kept.told = healthy;
      this.say({ type: 'keeper:link', payload: { agentUid, healthy } });
    }
  }

  private welcome(listed: readonly Placement[]): void {
    this.welcomed = true;
    const { end, place, keep } = reconcile(
      [...this.kept.values()].map(({ placement }) => placement),
      listed,
    );
    for (const agentUid of end) this.remove(agentUid);
    for (const placement of place) this.start(placement);
    for (const placement of keep) this.update(placement);
    for (const [agentUid, kept] of this.kept) {
      kept.told = kept.keeper.healthy;
      this.say({ type: 'keeper:link', payload: { agentUid, healthy: kept.told } });
    }
  }

  private place({ spec, generation, requestId }: Placement & { readonly requestId: string }): void {
    const known = this.kept.get(spec.agentUid)?.placement.generation ?? 0;
    const answer = { requestId, agentUid: spec.agentUid, generation };
    if (known > generation || (known === 0 && this.refuses)) {
      this.refuses = false;
      const error = wireError('AGENT_SPAWN_FAILED', 'it could not be started');
      return this.say({ type: 'agent:placed', payload: { ...answer, error } });
    }
    if (known === generation) this.update({ spec, generation });
    else this.start({ spec, generation });
    this.say({ type: 'agent:placed', payload: { ...answer, pid: 1 } });
  }

  private start(placement: Placement): void {
    this.remove(placement.spec.agentUid);
    const keeper = this.setting.start(placement);
    this.kept.set(placement.spec.agentUid, { placement, keeper, told: false });
  }

  private update(placement: Placement): void {
    const kept = this.kept.get(placement.spec.agentUid);
    if (kept !== undefined) kept.placement = placement;
  }

  private remove(agentUid: AgentUid): void {
    const kept = this.kept.get(agentUid);
    if (kept === undefined) return;
    this.kept.delete(agentUid);
    this.setting.end(kept.keeper);
  }

  private say(message: RunnerMessage): void {
    this.link?.toServer.push(packed(message, this.setting.codec));
  }
}
