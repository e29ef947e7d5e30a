import { LIMITS } from '@muster/protocol';
import * as z from 'zod';

/** Drafts that are kept; the one that was written to the longest ago goes first. */
const MOST = 50;
const INDEX = 'muster.drafts';
const keyOf = (conversationId: string) => `muster.draft.${conversationId}`;
type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const IndexSchema = z.array(z.string());

/** What was typed and not sent, for the next visit; '': nothing. */
export function readDraft(storage: DraftStorage, conversationId: string): string {
  try {
    return (storage.getItem(keyOf(conversationId)) ?? '').slice(0, LIMITS.promptChars);
  } catch {
    return '';
  }
}

/** Storage may be full or forbidden: then it lasts as long as the page. */
export function writeDraft(storage: DraftStorage, conversationId: string, text: string): void {
  try {
    if (text === '') storage.removeItem(keyOf(conversationId));
    else storage.setItem(keyOf(conversationId), text.slice(0, LIMITS.promptChars));
    keep(storage, conversationId, text !== '');
  } catch {
    return;
  }
}

function keep(storage: DraftStorage, conversationId: string, isKept: boolean): void {
  const before = readIndex(storage);
  if (isKept ? before[0] === conversationId : !before.includes(conversationId)) return;
  const others = before.filter((id) => id !== conversationId);
  const next = isKept ? [conversationId, ...others] : others;
  for (const id of next.slice(MOST)) storage.removeItem(keyOf(id));
  storage.setItem(INDEX, JSON.stringify(next.slice(0, MOST)));
}

function readIndex(storage: DraftStorage): string[] {
  try {
    return IndexSchema.safeParse(JSON.parse(storage.getItem(INDEX) ?? '[]')).data ?? [];
  } catch {
    return [];
  }
}
