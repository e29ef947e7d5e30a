import type { AgentId, ViewerMessage } from '@muster/protocol';

/** The agent whose room answers this request; null: the lobby does. */
export function roomFor(message: ViewerMessage): AgentId | null {
  switch (message.type) {
    case 'agent:start':
    case 'agent:terminate':
    case 'agent:pause':
    case 'agent:resume':
    case 'agent:restart':
    case 'agent:input':
    case 'agent:resize':
    case 'agent:signal':
    case 'agent:get_state':
    case 'driver:request':
    case 'driver:release':
    case 'driver:grant':
    case 'driver:decline':
      return message.payload.agentId;
    default:
      return null;
  }
}
