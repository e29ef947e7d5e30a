import type { AgentUid, Placement, ToRunnerMessage } from '@muster/protocol';
import { handleKeeperClosed, handleKeeperLinked } from './keepers.ts';
import { enqueue, isEndedUnlisted, runNext } from './operations.ts';
import { handleOutcome } from './outcomes.ts';
import { sendHealth, sendHello } from './reports.ts';
import { agentOf, isHealthy } from './state.ts';
import { handleWhileStopping, stop } from './stop.ts';
import type { Agent, Context, Effect, ListedAgent, Runner, RunnerEvent, UnitOfWork } from './types.ts';

/** One thing that happened to this host, and what is to be done for it, in order. */
export function handle(runner: Runner, event: RunnerEvent, context: Context): readonly Effect[] {
  const work: UnitOfWork = { runner, now: context.now, out: [] };
  if (runner.phase.type === 'running') handleEvent(work, event);
  else handleWhileStopping(work, runner.phase, event);
  return work.out;
}

function handleEvent(work: UnitOfWork, event: RunnerEvent): void {
  const { runner } = work;
  switch (event.type) {
    case 'recovered':
      return recover(work, event.agents);
    case 'link-opened':
      runner.link = 'open';
      return sendHello(work, event.host);
    case 'link-lost':
      runner.link = 'down';
      return;
    case 'lobby-message':
      return handleLobbyMessage(work, event.message);
    case 'stop':
      return stop(work, event.endAgents);
    default:
      return handleAgentEvent(work, event);
  }
}

type AgentEvent = Extract<RunnerEvent, { agentUid: AgentUid }>;

/** Events of agents that are forgotten come too late. */
function handleAgentEvent(work: UnitOfWork, event: AgentEvent): void {
  const agent = work.runner.agents.get(event.agentUid);
  if (agent === undefined) return;
  switch (event.type) {
    case 'performed':
      handleOutcome(work, agent, event.step, event.outcome);
      break;
    case 'keeper-linked':
      handleKeeperLinked(work, agent, event.linked);
      break;
    case 'keeper-closed':
      handleKeeperClosed(work, agent, event.hasFiles);
      break;
    case 'timer':
      handleTimer(agent);
  }
  runNext(work, agent);
}

function handleTimer({ activity, queue }: Agent): void {
  if (activity.type === 'idle' && activity.retry !== null) queue.push(activity.retry.operation);
}

/** P3: adopts running keepers and starts missing ones; needs no server. */
function recover(work: UnitOfWork, found: ReadonlyMap<AgentUid, Placement | null>): void {
  for (const [agentUid, placement] of found) {
    const agent = agentOf(work.runner, agentUid);
    if (placement === null) {
      agent.files = { type: 'unreadable' };
    } else {
      agent.files = { type: 'placed', placement };
      enqueue(work, agent, { type: 'bring-up', requestId: null });
    }
  }
}

function handleLobbyMessage(work: UnitOfWork, message: ToRunnerMessage): void {
  const { runner } = work;
  switch (message.type) {
    case 'lobby:welcome':
      runner.link = 'welcomed';
      return reconcile(work, message.payload.agents);
    case 'agent:place': {
      const { requestId, spec, generation } = message.payload;
      const agent = agentOf(runner, spec.agentUid);
      return enqueue(work, agent, { type: 'place', requestId, placement: { spec, generation } });
    }
    case 'agent:remove': {
      const { requestId, agentUid } = message.payload;
      return enqueue(work, agentOf(runner, agentUid), { type: 'remove', requestId });
    }
  }
}

/** N2: the lobby's welcome is the whole truth. */
function reconcile(work: UnitOfWork, listed: readonly ListedAgent[]): void {
  const { runner } = work;
  const agents = [...runner.agents.values()];
  for (const agent of agents) {
    if (agent.files.type === 'placed') sendHealth(work, agent.agentUid, isHealthy(agent));
  }
  const uids = new Set(listed.map(({ spec }) => spec.agentUid));
  for (const agent of agents) {
    if (uids.has(agent.agentUid) || !isEndedUnlisted(agent)) continue;
    enqueue(work, agent, { type: 'remove', requestId: null });
  }
  for (const { spec, generation, wanted = spec.restart === 'always' } of listed) {
    const placement = { spec, generation };
    enqueue(work, agentOf(runner, spec.agentUid), { type: 'list', requestId: null, placement, wanted });
  }
}
