import type { AgentUid } from '@muster/protocol';
import { keeperIsDown } from './keepers.ts';
import { cancelRetry } from './retries.ts';
import { perform } from './tasks.ts';
import type { Agent, Phase, RunnerEvent, UnitOfWork } from './types.ts';

type Stopping = Extract<Phase, { type: 'stopping' }>;

/** The runner ends. Programs and keepers that end with it are started again by the next runner. */
export function stop(work: UnitOfWork, endAgents: boolean): void {
  const { runner } = work;
  const ending = new Set<AgentUid>();
  runner.phase = { type: 'stopping', ending };
  for (const agent of runner.agents.values()) {
    agent.queue.length = 0;
    cancelRetry(work, agent);
    agent.activity = { type: 'idle', retry: null };
    if (!endAgents || agent.files.type !== 'placed') continue;
    ending.add(agent.agentUid);
    endSoon(work, agent);
  }
  stopWhenEnded(work, ending);
}

/** At once, whatever was being done. */
function endSoon(work: UnitOfWork, agent: Agent): void {
  const task = { type: 'remove', operation: { type: 'remove', requestId: null } } as const;
  const reason = 'the agent-runner was stopped';
  perform(work, agent, task, { at: 'end' }, { type: 'end', reason, soon: true });
}

export function handleWhileStopping(work: UnitOfWork, { ending }: Stopping, event: RunnerEvent): void {
  if (event.type === 'link-lost') work.runner.link = 'down';
  if (event.type !== 'keeper-closed' && event.type !== 'performed') return;
  const agent = work.runner.agents.get(event.agentUid);
  if (agent === undefined) return;
  if (event.type === 'keeper-closed') return keeperIsDown(work, agent);
  const { activity } = agent;
  if (activity.type === 'idle' || activity.step !== event.step) return;
  ending.delete(agent.agentUid);
  stopWhenEnded(work, ending);
}

function stopWhenEnded({ out }: UnitOfWork, ending: ReadonlySet<AgentUid>): void {
  if (ending.size === 0) out.push({ type: 'stopped' });
}
