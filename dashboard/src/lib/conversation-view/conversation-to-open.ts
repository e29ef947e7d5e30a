import type { ConversationSummary } from '@muster/protocol';

/** The one that the address names, listed or not; else the newest that is not closed; null: there is none. */
export function conversationToOpen(
  list: readonly ConversationSummary[] | null,
  named: string | null,
): string | null {
  if (named !== null && named !== '') return named;
  const open = list?.find(({ status }) => status !== 'ended') ?? list?.[0];
  return open?.conversationId ?? null;
}
