import type { TextItem } from '@muster/protocol';
import { type GrowingText, ROW_MS, TEXT_ITEM_JSON_CHARS, takeRow } from './item-book.ts';
import { clip } from './json.ts';
import { emitRows } from './out.ts';
import type { Work } from './types.ts';

/** Sub-agents that speak at a time: one more completes what the first said. */
const SPEAKERS = 64;

/** A piece of text that the agent says. */
export interface TextPiece {
  readonly kind: 'user' | 'agent' | 'thought' | 'notice';
  readonly text: string;
  readonly messageId?: string | undefined;
  /** C6: the item of the sub-agent's tool call. */
  readonly parent?: string | undefined;
  readonly level?: string;
}

/** The turn that what comes now belongs to; undefined: none. */
export function turnNow({ state, context }: Work): { turnId?: string } {
  if (state.turn?.sent === true) return { turnId: state.turn.turnId };
  const { lately } = state;
  return lately !== null && context.now < lately.until ? { turnId: lately.turnId } : {};
}

/** C14: appends to the text that this continues, or begins an item. */
export function appendText(work: Work, piece: TextPiece): void {
  const key = piece.parent ?? '';
  const { items } = work.state;
  const open = items.texts.get(key);
  const continues = open !== undefined && open.item.kind === piece.kind && open.messageId === piece.messageId;
  if (open !== undefined && !continues) endText(work, key);
  const text = continues ? open : beginText(work, key, piece);
  grow(work, key, text, text.mask.push(piece.text, work.context.now));
}

/** Releases what a mask holds after its silence. */
export function releaseMasked(work: Work): void {
  const { now } = work.context;
  for (const [key, text] of work.state.items.texts) {
    const due = text.mask.dueAt();
    if (due !== null && now >= due) grow(work, key, text, text.mask.end());
  }
}

/** The text of one speaker is complete. */
export function endText(work: Work, key: string): void {
  const { state, context } = work;
  const open = state.items.texts.get(key);
  if (open === undefined) return;
  const held = open.mask.end();
  if (held !== '') grow(work, key, open, held);
  const last = state.items.texts.get(key) ?? open;
  state.items.texts.delete(key);
  const { now } = context;
  // A live reader that has the text learns that it is complete from the row.
  emitRows(work, [takeRow(last, now, now)]);
}

/** The texts of all speakers are complete. */
export function endTexts(work: Work): void {
  for (const key of [...work.state.items.texts.keys()]) endText(work, key);
}

/** An item that is complete as it comes. */
export function addWhole(work: Work, piece: TextPiece & { readonly item?: Partial<TextItem> }): void {
  const { state, context } = work;
  const { now } = context;
  const text = clip(piece.text, TEXT_ITEM_JSON_CHARS / 6);
  const item = { ...itemOf(work, piece), ...piece.item, text, endedAt: now } as TextItem;
  work.out.push({ type: 'update', update: { type: 'item', item } });
  emitRows(work, [{ item }]);
  state.idleSince = now;
}

function itemOf(work: Work, { kind, parent, level }: TextPiece): TextItem {
  const { state, context } = work;
  const shared = {
    itemId: state.items.nextId(state.incarnation),
    ...turnNow(work),
    at: context.now,
    ...(parent === undefined ? {} : { parent }),
    text: '',
  };
  return kind === 'notice' ? { ...shared, kind, level: level ?? 'info' } : { ...shared, kind };
}

function beginText(work: Work, key: string, piece: TextPiece): GrowingText {
  const { state, context } = work;
  const text: GrowingText = {
    item: itemOf(work, piece),
    messageId: piece.messageId,
    mask: context.masker.stream(),
    length: 0,
    jsonLength: 0,
    unwritten: '',
    unwrittenFrom: 0,
    hasRow: false,
    rowAt: context.now + ROW_MS,
  };
  state.items.texts.set(key, text);
  const [oldest] = state.items.texts.keys();
  if (state.items.texts.size > SPEAKERS && oldest !== undefined) endText(work, oldest);
  return text;
}

/** C15: a text that is too long for one item goes on in the next. */
function grow(work: Work, key: string, text: GrowingText, more: string): void {
  let current = text;
  for (let rest = more; rest !== ''; ) {
    // A letter is six at most as JSON.
    const room = Math.floor((TEXT_ITEM_JSON_CHARS - current.jsonLength) / 6);
    const fits = JSON.stringify(rest).length + current.jsonLength <= TEXT_ITEM_JSON_CHARS;
    const piece = fits ? rest : clip(rest, room);
    if (piece !== '') appendPiece(work, current, piece);
    rest = rest.slice(piece.length);
    if (rest === '') return;
    const { item, messageId, mask } = current;
    emitRows(work, [takeRow(current, work.context.now, work.context.now)]);
    const { kind, parent } = item;
    if (kind !== 'user' && kind !== 'agent' && kind !== 'thought' && kind !== 'notice') return;
    current = { ...beginText(work, key, { kind, parent, messageId, text: '' }), mask };
    work.state.items.texts.set(key, current);
  }
}

function appendPiece(work: Work, text: GrowingText, piece: string): void {
  const { itemId } = text.item;
  const update =
    text.length === 0
      ? { type: 'item' as const, item: { ...text.item, text: piece } }
      : { type: 'text' as const, itemId, offset: text.length, text: piece };
  work.out.push({ type: 'update', update });
  text.length += piece.length;
  text.jsonLength += JSON.stringify(piece).length - 2;
  text.unwritten += piece;
}
