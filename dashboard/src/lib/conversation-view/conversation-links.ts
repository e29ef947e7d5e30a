type Named = { readonly agentId: string; readonly conversationId: string };

/** Where all of a conversation is downloaded. */
export const exportPath = (conversationId: string, format: 'markdown' | 'json'): string =>
  `/api/conversations/${encodeURIComponent(conversationId)}/export?format=${format}`;

/** Its page, to be sent to somebody. */
export const linkTo = (origin: string, { agentId, conversationId }: Named): string =>
  `${origin}/agents/${encodeURIComponent(agentId)}?conversation=${encodeURIComponent(conversationId)}`;

/** The item that the address names, by its index; null: none. */
export function itemIn(query: URLSearchParams): number | null {
  const named = query.get('item') ?? '';
  return /^\d{1,9}$/.test(named) ? Number(named) : null;
}
