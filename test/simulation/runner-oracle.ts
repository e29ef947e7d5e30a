import type { AgentUid, RunnerMessage } from '@muster/protocol';
import type { RunnerEvent } from '../../agent-runner/src/runner/core/index.ts';
import type { Checks } from './checks.ts';
import type { Host } from './host.ts';
import type { Keeper } from './keeper.ts';

type Payload<T extends RunnerMessage['type']> = Extract<RunnerMessage, { type: T }>['payload'];
type Listed = Extract<RunnerEvent, { type: 'lobby-message' }>['message'] & { type: 'lobby:welcome' };

/** P4: the longest wait for a try, and again after failures of the host, ms. */
const REPLACED_WITHIN = 91_000;

/** Watches a runner from outside: what its host holds, and what the lobby was sent of it. */
export class RunnerOracle {
  private readonly checks: Checks;
  private readonly host: Host;
  private isWelcomed = false;
  /** What the lobby takes each keeper for, by all that was sent on this socket. */
  private readonly healthy = new Map<AgentUid, boolean>();
  /** Those that have had their room. */
  private readonly wereLinked = new WeakSet<Keeper>();
  /** By request: the starts that were asked for, 0 for a removal. */
  private readonly unanswered = new Map<string, number[]>();
  private failures = 0;
  /** Since when an agent is seen without its keeper, ms. */
  private readonly keeperless = new Map<AgentUid, number>();

  constructor(checks: Checks, host: Host) {
    this.checks = checks;
    this.host = host;
  }

  handling(event: RunnerEvent): void {
    this.failures = this.host.failures;
    if (event.type === 'link-opened' || event.type === 'link-lost') this.isWelcomed = false;
    if (event.type !== 'lobby-message') return;
    const { type, payload } = event.message;
    if (type === 'lobby:welcome') this.isWelcomed = true;
    else this.asked(payload.requestId, type === 'agent:place' ? payload.generation : 0);
  }

  sent({ type, payload }: RunnerMessage): void {
    switch (type) {
      case 'runner:hello':
        return this.sentHello(payload);
      case 'agent:removed':
        return this.answered(payload.requestId, 0);
      case 'agent:placed':
        this.answered(payload.requestId, payload.generation);
        if (payload.error === undefined) this.sentPlaced(payload);
        return;
      case 'keeper:link':
        this.healthy.set(payload.agentUid, payload.healthy);
    }
  }

  /** After an event and all that followed of it. */
  handled(event: RunnerEvent): void {
    if (!this.isWelcomed) return;
    for (const agentUid of this.host.files.keys()) this.holdHealth(agentUid);
    if (event.type === 'lobby-message' && event.message.type === 'lobby:welcome')
      this.holdList(event.message);
  }

  /** P4: a keeper that is gone is replaced. */
  tick(now: number): void {
    const { files, keepers } = this.host;
    for (const agentUid of this.keeperless.keys()) if (!files.has(agentUid)) this.keeperless.delete(agentUid);
    for (const agentUid of files.keys()) {
      if (keepers.get(agentUid)?.alive === true) {
        this.keeperless.delete(agentUid);
        continue;
      }
      const since = this.keeperless.get(agentUid) ?? now;
      this.keeperless.set(agentUid, since);
      this.checks.hold(
        'P4',
        now - since <= REPLACED_WITHIN,
        () => `nobody replaces the keeper of ${agentUid}`,
      );
    }
  }

  private sentHello({ agents }: Payload<'runner:hello'>): void {
    this.healthy.clear();
    for (const { agentUid, healthy, generation } of agents) {
      this.healthy.set(agentUid, healthy);
      const placed = this.host.files.get(agentUid)?.generation;
      this.checks.hold(
        'N2',
        placed === generation,
        () => `a hello names start ${generation} of ${agentUid}, not ${placed}`,
      );
    }
    this.checks.hold('N2', agents.length === this.host.files.size, () => `a hello leaves out agents`);
  }

  /** The lobby assumes that its keeper is well. */
  private sentPlaced({ agentUid, generation }: Payload<'agent:placed'>): void {
    this.healthy.set(agentUid, true);
    const placed = this.host.files.get(agentUid)?.generation;
    this.checks.hold(
      'N2',
      placed === generation,
      () => `start ${generation} of ${agentUid} is answered, ${placed} is there`,
    );
  }

  private asked(requestId: string, generation: number): void {
    this.unanswered.set(requestId, [...(this.unanswered.get(requestId) ?? []), generation]);
  }

  private answered(requestId: string, generation: number): void {
    const open = this.unanswered.get(requestId) ?? [];
    this.checks.hold('I1', open.length > 0, () => `${requestId} is answered once too often`);
    const asked = open.shift();
    this.checks.hold(
      'N2',
      asked === generation,
      () => `start ${asked} was asked for, ${generation} is answered`,
    );
  }

  /** Until it first has its room, a keeper that was placed may be taken for well. */
  private holdHealth(agentUid: AgentUid): void {
    const isHealthy = this.host.isHealthy(agentUid);
    const keeper = this.host.keepers.get(agentUid);
    if (isHealthy && keeper !== undefined) this.wereLinked.add(keeper);
    const taken = this.healthy.get(agentUid) ?? false;
    this.checks.hold(
      'R3',
      taken === isHealthy || (taken && (keeper === undefined || !this.wereLinked.has(keeper))),
      () => `the lobby takes the keeper of ${agentUid} for ${taken ? 'well' : 'gone'}, and it is not`,
    );
  }

  /** N2: the lobby's list is the whole truth, where nothing failed. */
  private holdList({ payload: { agents } }: Listed): void {
    if (this.host.failures > this.failures) return;
    const listed = new Map(agents.map(({ spec, generation }) => [spec.agentUid, generation]));
    const { files } = this.host;
    for (const [agentUid, { generation }] of files) {
      const least = listed.get(agentUid);
      this.checks.hold(
        'N2',
        least !== undefined && generation >= least,
        () => `a host keeps start ${generation} of ${agentUid}, listed is ${least}`,
      );
    }
    this.checks.hold(
      'N2',
      files.size === listed.size,
      () => `of ${listed.size} agents listed a host has ${files.size}`,
    );
  }
}
