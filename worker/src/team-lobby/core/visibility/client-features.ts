import {
  type AgentSummary,
  kindForOlderClients,
  type ServerMessage,
  type ToRunnerMessage,
} from '@muster/protocol';

/**
 * C4: a message as a client gets it; null: not at all. A client that does not say that it knows conversations is told of
 * no requests, and of agents under kinds that it knows.
 */
export function messageForClient<M extends ServerMessage | ToRunnerMessage>(
  message: M,
  knowsConversations: boolean,
): M | ServerMessage | null {
  if (knowsConversations) return message;
  switch (message.type) {
    case 'inbox:list':
    case 'inbox:changed':
      return null;
    case 'agent:list': {
      const { agents } = message.payload;
      if (agents.every(({ kind }) => kind === kindForOlderClients(kind))) return message;
      return { type: 'agent:list', payload: { ...message.payload, agents: agents.map(forOlderClients) } };
    }
    case 'agent:status': {
      const { agent } = message.payload;
      if (agent.kind === kindForOlderClients(agent.kind)) return message;
      return { type: 'agent:status', payload: { ...message.payload, agent: forOlderClients(agent) } };
    }
    default:
      return message;
  }
}

const forOlderClients = (agent: AgentSummary): AgentSummary => ({
  ...agent,
  kind: kindForOlderClients(agent.kind),
});
