import { type Item, type ItemWrite, LIMITS, type TextItem } from '@muster/protocol';
import type { TextMask } from './masker.ts';

/** Characters as JSON at which a text goes on in another item: C15's bound, less what stands around it. */
export const TEXT_ITEM_JSON_CHARS = LIMITS.itemChars - 16 * 1024;
/** C14: so long text may grow before it has a row, ms. */
export const ROW_MS = 10_000;

/** A text that grows. The book keeps only what no row has yet. */
export interface GrowingText {
  /** Without its text. */
  readonly item: TextItem;
  /** The agent's own id of it. */
  readonly messageId: string | undefined;
  readonly mask: TextMask;
  /** UTF-16 units so far, and as JSON. */
  length: number;
  jsonLength: number;
  /** The end of it that no row has, and where that begins. */
  unwritten: string;
  unwrittenFrom: number;
  /** A row has its beginning. */
  hasRow: boolean;
  rowAt: number;
}

/** The items of one conversation that may still change, but for tool calls. */
export class ItemBook {
  /** By the sub-agent's tool call that speaks, '' the agent itself. */
  readonly texts = new Map<string, GrowingText>();
  /** Compactions by the agent's id. */
  readonly compactions = new Map<string, string>();
  plan: Extract<Item, { kind: 'plan' }> | null = null;
  planRowAt: number | null = null;
  #next = 1;

  /** C6: never used before, whatever the agent calls it. */
  nextId(incarnation: string): string {
    const id = `${incarnation}.${this.#next}`;
    this.#next += 1;
    return id;
  }

  /** When a row is due, ms since 1970; null: nothing grows. */
  dueAt(): number | null {
    const due = [...this.texts.values()].flatMap((text) => [
      ...(text.unwritten === '' ? [] : [text.rowAt]),
      ...(text.mask.dueAt() === null ? [] : [text.mask.dueAt() ?? 0]),
    ]);
    if (this.planRowAt !== null) due.push(this.planRowAt);
    return due.length === 0 ? null : Math.min(...due);
  }
}

/** Of ids of one incarnation. */
export const beganBefore = (itemId: string, other: string): boolean => placeOf(itemId) < placeOf(other);
const placeOf = (itemId: string) => Number(itemId.slice(itemId.lastIndexOf('.') + 1));

/** The row of what grew since the last one; null: nothing did. */
export function takeRow(text: GrowingText, now: number, endedAt?: number): ItemWrite | null {
  if (text.unwritten === '' && endedAt === undefined && text.hasRow) return null;
  const end = endedAt === undefined ? {} : { endedAt };
  const write: ItemWrite = text.hasRow
    ? { itemId: text.item.itemId, offset: text.unwrittenFrom, text: text.unwritten, ...end }
    : { item: { ...text.item, text: text.unwritten, ...end } };
  text.hasRow = true;
  text.unwritten = '';
  text.unwrittenFrom = text.length;
  text.rowAt = now + ROW_MS;
  return write;
}
