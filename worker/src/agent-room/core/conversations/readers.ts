import type { ConversationId } from '@muster/protocol';
import type { Viewer } from '../state.ts';

/** C4: its address says that it knows conversations, or it reads one. */
export const knowsConversations = ({ chats, reads }: Viewer): boolean => chats || reads.length > 0;

/** C14a: it reads the conversation and follows no stream: no chunk reaches it. */
export const isPlainReader = ({ subscription, reads }: Viewer, conversationId: ConversationId): boolean =>
  subscription === null && reads.includes(conversationId);
