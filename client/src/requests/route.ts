import { type AgentId, agentOfCommand, agentOfId, type ViewerMessage } from '@muster/protocol';

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
    case 'agent:seen':
    case 'command:request':
    case 'agent:command':
    case 'driver:request':
    case 'driver:release':
    case 'driver:grant':
    case 'driver:decline':
    case 'policy:change':
    case 'conversation:create':
      return message.payload.agentId;
    case 'command:interrupt':
    case 'command:cancel':
    case 'command:move':
    case 'command:edit':
    case 'command:retry':
      return agentOfCommand(message.payload.commandId);
    case 'conversation:join':
    case 'conversation:leave':
    case 'conversation:cancel':
    case 'conversation:configure':
    case 'conversation:sign-in':
    case 'conversation:rename':
    case 'conversation:close':
    case 'chat:message':
    case 'chat:edit':
    case 'chat:withdraw':
    case 'chat:move':
    case 'typing':
      return agentOfId(message.payload.conversationId);
    case 'permission:respond':
    case 'elicitation:respond':
      return agentOfId(message.payload.permissionId);
    default:
      return null;
  }
}
