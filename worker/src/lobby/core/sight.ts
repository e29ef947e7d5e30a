import { type AgentLimit, type ServerMessage, seesAgent, wireError } from '@muster/protocol';
import { agentNamed } from './state.ts';
import { hostList } from './summaries.ts';
import type { About, AgentRow, Asker, Lobby } from './types.ts';

/** X5: who is limited to some agents makes and leaves none that he could not see. */
export const OUT_OF_SIGHT = wireError(
  'INSUFFICIENT_PERMISSIONS',
  'name, labels: would make it an agent that you are not let to see',
);

export const sees = ({ limits = [] }: Asker, about: About): boolean => seesAgent(limits, about);

/** An agent that somebody may see; to him there are no others. */
export function agentSeen(lobby: Lobby, limits: readonly AgentLimit[], agentId: string): AgentRow | null {
  const row = agentNamed(lobby, agentId);
  return row !== null && seesAgent(limits, row.spec) ? row : null;
}

/** The names of all agents that somebody may see, and of those that are gone, if it was by their name. */
export function namesSeen(lobby: Lobby, limits: readonly AgentLimit[]): string[] {
  const named = limits.flatMap(({ names = [] }) => names).filter((name) => !lobby.names.has(name));
  const gone = named.map((agentId) => ({ agentId, labels: {} }));
  const here = [...lobby.agents.values()].filter(({ pending }) => pending === null).map(({ spec }) => spec);
  const seen = [...here, ...gone].filter((agent) => seesAgent(limits, agent));
  return [...new Set(seen.map(({ agentId }) => agentId))];
}

/** A message as somebody may hear it; null: not at all. `about`: the agent it is about, where it is one that is not in it. */
export function heardBy(
  lobby: Lobby,
  limits: readonly AgentLimit[],
  message: ServerMessage,
  about: About | null,
): ServerMessage | null {
  if (limits.length === 0) return message;
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
      return about === null || seesAgent(limits, about) ? message : null;
  }
}
