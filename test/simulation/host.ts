import { type AgentUid, type Placement, wireError } from '@muster/protocol';
import type { Action, Outcome } from '../../agent-runner/src/runner/core/index.ts';
import type { Checks } from './checks.ts';
import type { Keeper, KeeperOwner } from './keeper.ts';

/** What of a host can fail. */
export const FALLIBLE = ['check', 'save', 'adopt', 'spawn', 'ask', 'end', 'archive', 'discard'] as const;

const FAILED = wireError('AGENT_SPAWN_FAILED', 'it could not be started');

export interface HostSetting {
  readonly checks: Checks;
  /** A keeper process, with a disk that outlives it. */
  readonly start: (placement: Placement, owner: KeeperOwner) => Keeper;
  /** Its socket closes with it. */
  readonly hangUp: (keeper: Keeper) => void;
  readonly now: () => number;
  readonly linkChanged: (agentUid: AgentUid, linked: boolean) => void;
  readonly closed: (agentUid: AgentUid) => void;
}

/** A machine: the files and the keepers of its agents, which outlive its runner. What the runner asks of it happens at once. */
export class Host implements KeeperOwner {
  readonly files = new Map<AgentUid, Placement>();
  /** Also those whose process is gone and whose disk is not. */
  readonly keepers = new Map<AgentUid, Keeper>();
  /** The next action of this type fails. */
  failing: Action['type'] | null = null;
  failures = 0;
  /** Those that the runner is connected to. */
  private readonly attached = new Set<AgentUid>();
  private readonly setting: HostSetting;

  constructor(setting: HostSetting) {
    this.setting = setting;
  }

  /** As far as its runner can know. */
  isHealthy(agentUid: AgentUid): boolean {
    return this.attached.has(agentUid) && this.keepers.get(agentUid)?.healthy === true;
  }

  /** The runner died: it is connected to none. */
  detach(): void {
    this.attached.clear();
  }

  linkChanged(keeper: Keeper, linked: boolean): void {
    const { agentUid } = keeper.setting;
    if (this.keepers.get(agentUid) === keeper && this.attached.has(agentUid))
      this.setting.linkChanged(agentUid, linked);
  }

  refused(keeper: Keeper): void {
    const { agentUid } = keeper.setting;
    if (this.keepers.get(agentUid) !== keeper) return;
    this.files.delete(agentUid);
    this.keepers.delete(agentUid);
    this.close(agentUid);
  }

  /** A process is gone. */
  died(keeper: Keeper): void {
    const { agentUid } = keeper.setting;
    if (this.keepers.get(agentUid) === keeper) this.close(agentUid);
  }

  act(agentUid: AgentUid, action: Action): Outcome {
    if (action.type === this.failing) {
      this.failing = null;
      this.failures += 1;
      return this.failed(agentUid);
    }
    switch (action.type) {
      case 'check':
        return { type: 'done' };
      case 'save':
        return this.save(agentUid, action.placement);
      case 'archive':
      case 'discard':
        return this.remove(agentUid);
      case 'adopt':
        return this.adopt(agentUid);
      case 'spawn':
        return this.spawn(agentUid);
      case 'ask':
        return this.attached.has(agentUid) ? this.report(agentUid) : this.failed(agentUid);
      case 'end':
        this.kill(agentUid);
        return { type: 'ended', isStopped: false };
    }
  }

  private save(agentUid: AgentUid, placement: Placement): Outcome {
    const { generation } = this.files.get(agentUid) ?? placement;
    this.setting.checks.hold(
      'N2',
      placement.generation >= generation,
      () => `a host saves start ${placement.generation} of ${agentUid} over ${generation}`,
    );
    this.files.set(agentUid, placement);
    return { type: 'done' };
  }

  private remove(agentUid: AgentUid): Outcome {
    this.kill(agentUid);
    const keeper = this.keepers.get(agentUid);
    if (keeper !== undefined) keeper.ended = true;
    this.keepers.delete(agentUid);
    this.files.delete(agentUid);
    return { type: 'done' };
  }

  private adopt(agentUid: AgentUid): Outcome {
    if (this.keepers.get(agentUid)?.alive !== true)
      return { type: 'absent', hasFiles: this.files.has(agentUid) };
    this.attached.add(agentUid);
    return this.report(agentUid);
  }

  private spawn(agentUid: AgentUid): Outcome {
    const placement = this.files.get(agentUid);
    if (placement === undefined) return this.failed(agentUid);
    const known = this.keepers.get(agentUid);
    this.setting.checks.hold('P3', known?.alive !== true, () => `a second keeper of ${agentUid} on one host`);
    if (known === undefined) this.keepers.set(agentUid, this.setting.start(placement, this));
    else known.revive(this.setting.now());
    return this.adopt(agentUid);
  }

  private kill(agentUid: AgentUid): void {
    const keeper = this.keepers.get(agentUid);
    if (keeper?.alive !== true) return;
    keeper.die();
    this.setting.hangUp(keeper);
    this.close(agentUid);
  }

  private close(agentUid: AgentUid): void {
    if (this.attached.delete(agentUid)) this.setting.closed(agentUid);
  }

  private report(agentUid: AgentUid): Outcome {
    const linked = this.keepers.get(agentUid)?.healthy === true;
    return { type: 'report', report: { state: { status: 'stopped' }, linked, isStopped: false } };
  }

  private failed(agentUid: AgentUid): Outcome {
    return { type: 'failed', error: FAILED, hasFiles: this.files.has(agentUid) };
  }
}
