export { handle, isIdle, newConversation } from './handle.ts';
export type { Masker, TextMask } from './masker.ts';
export type {
  Conversation,
  ConversationOrder,
  CoreEffect,
  CoreEvent,
  FetchedFile,
  WantedFile,
} from './types.ts';
