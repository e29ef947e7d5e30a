export { type ConversationSetup, handle, isIdle, newConversation } from './handle.ts';
export type { Masker, TextMask } from './masker.ts';
export type { Context, Conversation, ConversationOrder, CoreEffect, CoreEvent } from './types.ts';
