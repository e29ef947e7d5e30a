import { sendHealth } from './reports.ts';
import { cancelRetry, STEADY_MS } from './retries.ts';
import { forgetStart, isHealthy } from './state.ts';
import type { Agent, Keeper, UnitOfWork } from './types.ts';

/** R3: the lobby learns of each change. */
function setKeeper(work: UnitOfWork, agent: Agent, keeper: Keeper): void {
  const before = isHealthy(agent);
  agent.keeper = keeper;
  const healthy = isHealthy(agent);
  if (healthy) agent.isNew = false;
  if (healthy !== before) sendHealth(work, agent.agentUid, healthy);
}

export function keeperIsUp(work: UnitOfWork, agent: Agent, linked: boolean): void {
  setKeeper(work, agent, { type: 'up', since: work.now, linked });
}

export function keeperIsDown(work: UnitOfWork, agent: Agent): void {
  if (agent.keeper.type === 'up' && work.now - agent.keeper.since >= STEADY_MS) agent.failures = 0;
  setKeeper(work, agent, { type: 'down' });
}

/** Where its keeper is only being attached to, the report is kept for when it is. */
export function handleKeeperLinked(work: UnitOfWork, agent: Agent, linked: boolean): void {
  const { keeper, activity } = agent;
  if (keeper.type === 'up') return setKeeper(work, agent, { ...keeper, linked });
  if (activity.type === 'idle') return;
  const { stage } = activity;
  if (stage.at === 'adopt' || stage.at === 'spawn') stage.linked = linked;
}

/** A keeper that its room refused has archived its agent, which is on this host no more (N2). */
export function handleKeeperClosed(work: UnitOfWork, agent: Agent, hasFiles: boolean): void {
  if (agent.keeper.type === 'down') return;
  keeperIsDown(work, agent);
  if (hasFiles || agent.activity.type === 'busy') return;
  cancelRetry(work, agent);
  forgetStart(agent);
}
