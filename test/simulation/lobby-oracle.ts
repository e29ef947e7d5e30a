import type { AgentUid } from '@muster/protocol';
import type { Commit, Lobby } from '../../worker/src/team-lobby/core/types.ts';
import type { Checks } from './checks.ts';
import type { RequestOracle } from './request-oracle.ts';

/** Watches a lobby from outside: what it stores and holds. */
export class LobbyOracle {
  private readonly checks: Checks;
  private readonly requests: RequestOracle;
  private readonly reports = new Map<AgentUid, { generation: number; revision: number }>();
  private readonly gone = new Set<AgentUid>();
  private readonly generations = new Map<AgentUid, number>();

  constructor(checks: Checks, requests: RequestOracle) {
    this.checks = checks;
    this.requests = requests;
  }

  /** After each transaction. */
  committed(commits: readonly Commit[]): void {
    for (const { agents = [], dropAgents = [] } of commits) {
      for (const { spec, generation, pending } of agents) {
        const { agentUid } = spec;
        this.checks.hold('N1', !this.gone.has(agentUid), () => `${agentUid} is back`);
        const before = this.generations.get(agentUid) ?? 1;
        this.checks.hold(
          'N2',
          generation >= before,
          () => `start ${generation} of ${agentUid} after ${before}`,
        );
        this.generations.set(agentUid, generation);
        if (pending?.request) this.requests.decided(pending.request.key, agentUid);
      }
      for (const uid of dropAgents) this.gone.add(uid);
    }
  }

  /** R3: no older word of a room takes the place of a newer. N1: a name is one agent. */
  handled({ live, agents, names }: Lobby): void {
    for (const [uid, { report }] of live) {
      if (report === null) continue;
      const { generation, revision } = report;
      const before = this.reports.get(uid) ?? { generation, revision };
      this.checks.hold(
        'R3',
        generation > before.generation || (generation === before.generation && revision >= before.revision),
        () => `holds report ${generation}/${revision} after ${before.generation}/${before.revision}`,
      );
      this.reports.set(uid, { generation, revision });
    }
    const holders = new Set([...agents.values()].map(({ spec }) => spec.agentId));
    this.checks.hold(
      'N1',
      holders.size === agents.size && names.size === agents.size,
      () => `${agents.size} agents have ${holders.size} names`,
    );
  }
}
