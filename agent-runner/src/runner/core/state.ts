import type { AgentUid, Placement } from '@muster/protocol';
import type { Agent, Runner } from './types.ts';

export function newRunner(): Runner {
  return { phase: { type: 'running' }, link: 'down', agents: new Map(), steps: 0 };
}

/** The agent, which is known from now on, until it is at rest and has no files. */
export function agentOf({ agents }: Runner, agentUid: AgentUid): Agent {
  const known = agents.get(agentUid);
  if (known !== undefined) return known;
  const agent: Agent = {
    agentUid,
    files: { type: 'none' },
    keeper: { type: 'down' },
    isNew: false,
    activity: { type: 'idle', retry: null },
    queue: [],
    failures: 0,
  };
  agents.set(agentUid, agent);
  return agent;
}

export function placementOf({ files }: Agent): Placement | null {
  return files.type === 'placed' ? files.placement : null;
}

/** Whether its keeper lives and has its room. */
export function isHealthy({ keeper }: Agent): boolean {
  return keeper.type === 'up' && keeper.linked;
}

/** Its files are gone, and so is what was known of their start. */
export function forgetStart(agent: Agent): void {
  agent.files = { type: 'none' };
  agent.isNew = false;
  agent.failures = 0;
}
