import type { ServerMessage } from '@muster/protocol';

const CONVERSATION_TYPES = [
  'conversation:list',
  'conversation:state',
  'conversation:item',
  'permission:request',
  'permission:resolved',
  'typing',
] as const;

/** A room's messages about conversations, their insides unread (F16). */
export type ConversationMessage = Extract<
  ServerMessage,
  { readonly type: (typeof CONVERSATION_TYPES)[number] }
>;

export function isConversationMessage(message: ServerMessage): message is ConversationMessage {
  return CONVERSATION_TYPES.some((type) => type === message.type);
}
