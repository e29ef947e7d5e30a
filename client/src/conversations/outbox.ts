import type { Change, Conversation, ConversationEvent } from './types.ts';

type OutboxEvent = Extract<ConversationEvent, { type: 'send' | 'sent' | 'unsent' | 'discard' }>;

const CHANGED: readonly Change[] = [{ type: 'outbox' }];

/** C12: a message that was sent is shown as such until the room shows it; sent again under its id it is one message. */
export function handleOutbox(conversation: Conversation, event: OutboxEvent): readonly Change[] {
  const { outbox } = conversation;
  const { messageId } = event;
  const held = outbox.get(messageId);
  switch (event.type) {
    case 'send': {
      const { content, when } = event;
      outbox.set(messageId, { messageId, content, when, state: 'sending', error: null });
      break;
    }
    case 'sent':
      if (held === undefined) return [];
      outbox.set(messageId, { ...held, state: 'taken', error: null });
      return [...CHANGED, ...settle(conversation)];
    case 'unsent':
      if (held === undefined) return [];
      outbox.set(messageId, { ...held, state: 'failed', error: event.error });
      break;
    case 'discard':
      if (!outbox.delete(messageId)) return [];
  }
  return CHANGED;
}

/** What the room shows is not outgoing any more. */
export function settle(conversation: Conversation): readonly Change[] {
  const { outbox } = conversation;
  if (outbox.size === 0) return [];
  const before = outbox.size;
  for (const messageId of outbox.keys()) if (isShown(conversation, messageId)) outbox.delete(messageId);
  return outbox.size === before ? [] : CHANGED;
}

function isShown({ state, entries }: Conversation, messageId: string): boolean {
  if (state?.queue.some((queued) => queued.messageId === messageId)) return true;
  if (state?.turn?.messageId === messageId) return true;
  for (const { item } of entries.values())
    if (item?.kind === 'user' && item.messageId === messageId) return true;
  return false;
}
