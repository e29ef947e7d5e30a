export { AgentConversations } from './agent-conversations.ts';
export { OpenConversation } from './open-conversation.ts';
export { readInbox } from './read-message.ts';
export type { Change, Outgoing, SendMode, Writer } from './types.ts';
