/** Conversations: their queues, turns, items and requests, and what viewers are told of them. */

export { type ConversationRecord, ConversationRecordSchema } from './conversation.ts';
export type { ConversationCommit } from './conversation-commit.ts';
export { decisionsOf } from './decisions.ts';
export { endAllConversations } from './ending.ts';
export { handleConversationEvent } from './events.ts';
export { conversationsDeadline, expireConversations } from './expiry.ts';
export { pendingHeads } from './heads.ts';
export type { EndedItemQuery, ItemQuery, ItemRow } from './item-row.ts';
export type { ItemsWritten } from './items-written.ts';
export { leaveAll } from './join.ts';
export { conversationDecisions, findCard, findConversation, itemPage } from './lookups.ts';
export { handleConversationMessage } from './messages.ts';
export { endedTurns, resolvedRequests } from './news.ts';
export { type PermissionRecord, PermissionRecordSchema } from './permission.ts';
export { pendingCount, reconcileRequests } from './permissions.ts';
export { respondPartially } from './responses.ts';
export {
  activeTurns,
  conversationsWait,
  interruptLostTurns,
  promptNext,
  resendConversations,
} from './turns.ts';
export {
  handleItemsWritten,
  nextUnwritten,
  type Unwritten,
  unwrittenSince,
} from './unwritten.ts';
export { conversationList, listMessage, sendConversations } from './views.ts';
