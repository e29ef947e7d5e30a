import { type AgentLimit, type ServerMessage, seesAgent, wireError } from '@muster/protocol';
import { agentNamed } from '../state.ts';
import { hostList } from '../summaries.ts';
import type { AgentRow, AgentScope, Lobby, Requester } from '../types.ts';
import type { VisiblePast } from './visible-past.ts';

/** X5: who is limited to some agents makes and leaves none that he could not see. */
export const WOULD_BE_HIDDEN = wireError(
  'INSUFFICIENT_PERMISSIONS',
  'With this name and these labels you could not see the agent yourself; choose others',
);

/** The one answer for an agent that there is not, and for one that somebody must not see. */
export const NO_AGENT = wireError('AGENT_NOT_FOUND', 'There is no such agent', { field: 'agentId' });

export const canSee = ({ limits = [] }: Requester, about: AgentScope): boolean => seesAgent(limits, about);

/**
 * X24: whether somebody may name an agent so: only if they would see whatever agent bears that name. Else the answer
 * would tell of one that they must not see, by whether the name is free.
 */
export const mayUseName = ({ limits = [] }: Requester, agentId: string): boolean =>
  seesAgent(limits, { agentId, labels: {} });

/** An agent that somebody may see; to him there are no others. */
export function visibleAgent(lobby: Lobby, limits: readonly AgentLimit[], agentId: string): AgentRow | null {
  const row = agentNamed(lobby, agentId);
  return row !== null && seesAgent(limits, row.spec) ? row : null;
}

/**
 * The agents whose past somebody may see: by a name in his limits also those that are gone; by labels those that have
 * them now, since what is gone has none, and who bore the name before may have had others.
 */
export function visiblePast(lobby: Lobby, limits: readonly AgentLimit[]): VisiblePast {
  const named = new Set(limits.flatMap(({ names = [] }) => names));
  const names = [...named].filter((agentId) => seesAgent(limits, { agentId, labels: {} }));
  const here = [...lobby.agents.values()].filter(({ pending }) => pending === null).map(({ spec }) => spec);
  const agents = here.filter((spec) => seesAgent(limits, spec) && !names.includes(spec.agentId));
  return { names, agents: agents.map(({ agentId, agentUid }) => ({ agentId, agentUid })) };
}

/** A message as somebody may hear it; null: not at all. `about`: the agent it is about, where it is one that is not in it. */
export function visibleMessage(
  lobby: Lobby,
  limits: readonly AgentLimit[],
  message: ServerMessage,
  about: AgentScope | readonly AgentScope[] | null,
): ServerMessage | null {
  if (limits.length === 0) return message;
  // X24: that something changes among the others is none of their business either.
  const abouts = about === null ? null : [about].flat();
  if (abouts !== null && !abouts.some((one) => seesAgent(limits, one))) return null;
  switch (message.type) {
    case 'agent:list': {
      const agents = message.payload.agents.filter((agent) => seesAgent(limits, agent));
      return { type: 'agent:list', payload: { ...message.payload, agents } };
    }
    case 'host:list':
      return hostList(lobby, limits);
    case 'agent:status':
      return seesAgent(limits, message.payload.agent) ? message : null;
    default:
      return message;
  }
}
