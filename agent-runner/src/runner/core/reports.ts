import type { AgentUid, ProgramState, RunnerMessage, WireError } from '@muster/protocol';
import { isHealthy, placementOf } from './state.ts';
import type { Agent, HostIntroduction, Operation, UnitOfWork } from './types.ts';

const send = ({ out }: UnitOfWork, message: RunnerMessage) => out.push({ type: 'send', message });

/** The agents placed here, and whether each is healthy. */
export function sendHello(work: UnitOfWork, host: HostIntroduction): void {
  const agents = [...work.runner.agents.values()].flatMap((agent) => {
    const placement = placementOf(agent);
    if (placement === null) return [];
    return [{ agentUid: agent.agentUid, generation: placement.generation, healthy: isHealthy(agent) }];
  });
  send(work, { type: 'runner:hello', payload: { ...host, agents } });
}

/** Before the lobby's welcome nothing is sent: the hello said it. */
export function sendHealth(work: UnitOfWork, agentUid: AgentUid, healthy: boolean): void {
  if (work.runner.link !== 'welcomed') return;
  send(work, { type: 'keeper:link', payload: { agentUid, healthy } });
}

/** What `agent:placed` says of a program that runs, or why nothing of it is left. */
export type PlacementResult = { readonly state: ProgramState } | { readonly error: WireError };

export function sendPlaced(
  work: UnitOfWork,
  agent: Agent,
  { requestId, placement }: Extract<Operation, { type: 'place' }>,
  result: PlacementResult,
): void {
  const { agentUid } = agent;
  const answer = { requestId, agentUid, generation: placement.generation };
  const outcome = 'error' in result ? result : runningFacts(result.state);
  send(work, { type: 'agent:placed', payload: { ...answer, ...outcome } });
  // The lobby assumes that a placed agent is healthy, so its link's state follows.
  if (agent.files.type === 'placed' && !agent.isNew) sendHealth(work, agentUid, isHealthy(agent));
}

export function sendRemoved(
  work: UnitOfWork,
  agentUid: AgentUid,
  { requestId }: Pick<Operation, 'requestId'>,
) {
  if (requestId !== null) send(work, { type: 'agent:removed', payload: { requestId, agentUid } });
}

function runningFacts({ pid, startedAt }: ProgramState): { pid?: number; startedAt?: number } {
  return pid === undefined || startedAt === undefined ? {} : { pid, startedAt };
}
