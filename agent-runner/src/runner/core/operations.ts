import { LIMITS, wireError } from '@muster/protocol';
import { logError } from './log.ts';
import { cancelRetry, scheduleRetry } from './retries.ts';
import { placementOf } from './state.ts';
import { answer, bringUp, end, perform, save } from './tasks.ts';
import type { Agent, Operation, Runner, Task, UnitOfWork } from './types.ts';

type PlacementOperation = Extract<Operation, { type: 'list' | 'place' }>;

const UNREADABLE = wireError('INTERNAL_ERROR', 'the agent-runner failed; its log says more');
const HAS_NEWER = wireError('INVALID_STATE', 'This host has a newer start of this agent');
const HOST_IS_FULL = wireError('AGENT_LIMIT_EXCEEDED', `a host has at most ${LIMITS.agentsPerHost} agents`);

/** Operations on one agent run in order. One that nobody waits for takes the place of those before it that have not begun. */
export function enqueue(work: UnitOfWork, agent: Agent, operation: Operation): void {
  const { queue } = agent;
  if (operation.requestId === null) {
    const awaited = queue.filter(({ requestId }) => requestId !== null);
    queue.splice(0, queue.length, ...awaited);
  }
  queue.push(operation);
  runNext(work, agent);
}

/** Begins what is next once nothing is being done. An agent at rest has its keeper, or a time to try again, or is forgotten. */
export function runNext(work: UnitOfWork, agent: Agent): void {
  while (agent.activity.type === 'idle') {
    const operation = agent.queue.shift();
    if (operation === undefined) return rest(work, agent);
    cancelRetry(work, agent);
    begin(work, agent, operation);
  }
}

function rest(work: UnitOfWork, agent: Agent): void {
  const { activity, files, keeper } = agent;
  if (activity.type === 'busy' || activity.retry !== null || keeper.type === 'up') return;
  if (files.type === 'none') work.runner.agents.delete(agent.agentUid);
  if (files.type === 'placed') replaceKeeper(work, agent);
}

/** P4: a new keeper ends what the dead one left, and says so. */
function replaceKeeper(work: UnitOfWork, agent: Agent): void {
  const { agentUid } = agent;
  scheduleRetry(work, agent, { type: 'bring-up', requestId: null });
  work.out.push({
    type: 'log',
    level: 'warn',
    message: 'a keeper is not there; it is replaced',
    details: { agentUid },
  });
}

function begin(work: UnitOfWork, agent: Agent, operation: Operation): void {
  switch (operation.type) {
    case 'bring-up':
      if (agent.files.type === 'placed') bringUp(work, agent, { type: 'bring-up' });
      return;
    case 'remove':
      if (agent.files.type !== 'unreadable') return end(work, agent, { type: 'remove', operation });
      return logError(work, agent, 'an agent whose spec.json cannot be read is left alone');
    case 'list':
    case 'place':
      return beginPlacement(work, agent, operation);
  }
}

function beginPlacement(work: UnitOfWork, agent: Agent, operation: PlacementOperation): void {
  const { placement } = operation;
  const known = placementOf(agent);
  if (known === null) return beginNew(work, agent, operation);
  if (known.generation < placement.generation) return install(work, agent, operation);
  if (known.generation > placement.generation) return keepNewer(work, agent, operation);
  // Both were parsed by one schema, which has an order.
  const changed = JSON.stringify(known) !== JSON.stringify(placement);
  const task: Task = { type: 'update', operation, changed };
  if (changed) save(work, agent, task);
  else bringUp(work, agent, task);
}

/** A list repairs a placement that cannot be read. */
function beginNew(work: UnitOfWork, agent: Agent, operation: PlacementOperation): void {
  if (operation.type === 'list') return install(work, agent, operation);
  const refused =
    agent.files.type === 'unreadable' ? UNREADABLE : isFull(work.runner, agent) ? HOST_IS_FULL : null;
  if (refused === null) return install(work, agent, operation);
  answer(work, agent, { type: 'install', operation, stopped: false }, { error: refused });
}

/** Everything that can fail of a request is checked before an older start is ended for it. */
function install(work: UnitOfWork, agent: Agent, operation: PlacementOperation): void {
  const stopped = operation.type === 'list' && !operation.wanted;
  const task: Task = { type: 'install', operation, stopped };
  const { spec } = operation.placement;
  if (operation.type === 'place') return perform(work, agent, task, { at: 'check' }, { type: 'check', spec });
  if (agent.files.type === 'placed') end(work, agent, task);
  else save(work, agent, task);
}

/** N2: no generation goes back. */
function keepNewer(work: UnitOfWork, agent: Agent, operation: PlacementOperation): void {
  if (operation.type === 'list') return bringUp(work, agent, { type: 'bring-up' });
  answer(work, agent, { type: 'update', operation, changed: false }, { error: HAS_NEWER });
}

/** Agents that are being placed count. */
function isFull({ agents }: Runner, { agentUid }: Agent): boolean {
  let count = 0;
  for (const agent of agents.values()) {
    if (agent.agentUid !== agentUid && (agent.files.type !== 'none' || isBeingPlaced(agent))) count += 1;
  }
  return count >= LIMITS.agentsPerHost;
}

const isBeingPlaced = ({ activity }: Agent) => activity.type === 'busy' && activity.task.type === 'install';

/** N2: whether the lobby's list, which does not have it, ends this agent. A new one that is being placed is answered first. */
export function isEndedUnlisted({ files, activity, queue }: Agent): boolean {
  if (files.type !== 'none') return files.type === 'placed';
  const current =
    activity.type === 'busy' && activity.task.type !== 'bring-up' ? [activity.task.operation] : [];
  const retry = activity.type === 'idle' && activity.retry !== null ? [activity.retry.operation] : [];
  return [...current, ...retry, ...queue].some(({ type }) => type === 'list');
}
