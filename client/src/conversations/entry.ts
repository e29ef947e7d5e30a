import { type ConversationUpdate, type Item, isTextItem, LIMITS, type Position } from '@muster/protocol';
import { type Epochs, isBehind } from './epochs.ts';

/** C14: an item as the room has it. */
export interface Row {
  readonly index: number;
  readonly revision: number;
  /** It holds what the stream said of it up to there; null: nobody said. */
  readonly asOf: Position | null;
  readonly item: Item;
}

/** One update, or texts that follow each other, from the first to `last`. */
interface Logged {
  readonly last: Position;
  readonly update: ConversationUpdate;
}

/** One item: its row, what the stream said of it since, and both together. */
export interface Entry {
  readonly itemId: string;
  row: Row | null;
  /** In the stream's order. */
  log: Logged[];
  /** null: only pieces of text came, of an item that nobody has told of. */
  item: Item | null;
}

/** Updates behind a row that are kept, until the next row holds them; the oldest go first. */
const MOST_LOGGED = 512;
/** The same in characters: whatever an item may have, twice. */
const MOST_LOGGED_CHARS = 2 * LIMITS.itemChars;

export const newEntry = (itemId: string): Entry => ({ itemId, row: null, log: [], item: null });

/** A row takes the place of what it holds; what the stream said behind it stands. False: it is not newer. */
export function takeRow(entry: Entry, row: Row, epochs: Epochs): boolean {
  const before = entry.row;
  if (before !== null && before.revision >= row.revision) return false;
  const asOf = row.asOf ?? before?.asOf ?? null;
  entry.row = { ...row, asOf };
  entry.log = entry.log.filter(({ last }) => isBehind(epochs, last, asOf));
  redo(entry);
  return true;
}

/** False: it changed nothing that is shown. */
export function takeUpdate(
  entry: Entry,
  update: ConversationUpdate,
  position: Position,
  epochs: Epochs,
): boolean {
  if (entry.row !== null && !isBehind(epochs, position, entry.row.asOf)) return false;
  const before = entry.item;
  const newest = entry.log.at(-1);
  if (newest === undefined || isBehind(epochs, position, newest.last)) {
    append(entry, { last: position, update });
    entry.item = applied(entry.item, update);
  } else {
    const at = entry.log.findIndex(({ last }) => isBehind(epochs, last, position));
    entry.log.splice(at === -1 ? entry.log.length : at, 0, { last: position, update });
    redo(entry);
  }
  trim(entry);
  return entry.item !== before;
}

function redo(entry: Entry): void {
  let item = entry.row?.item ?? null;
  for (const { update } of entry.log) item = applied(item, update);
  entry.item = item;
}

/** C14: text is applied where it fits, its part below is dropped, and above it waits. */
function applied(item: Item | null, update: ConversationUpdate): Item | null {
  if (update.type === 'item') return update.item;
  if (item === null || !isTextItem(item)) return item;
  const known = item.text.length - update.offset;
  if (known < 0 || known >= update.text.length) return item;
  const room = LIMITS.itemChars - item.text.length;
  if (room <= 0) return item;
  return { ...item, text: item.text + update.text.slice(known, known + room) };
}

function append(entry: Entry, logged: Logged): void {
  const { update, last } = logged;
  if (update.type === 'item') {
    entry.log = [logged];
    return;
  }
  const before = entry.log.at(-1);
  if (before === undefined || before.update.type !== 'text' || before.last.epoch !== last.epoch) {
    entry.log.push(logged);
    return;
  }
  const { offset, text } = before.update;
  if (offset + text.length === update.offset)
    entry.log[entry.log.length - 1] = { last, update: { ...update, offset, text: text + update.text } };
  else entry.log.push(logged);
}

const charsOf = ({ update }: Logged): number => (update.type === 'text' ? update.text.length : 0);

function trim(entry: Entry): void {
  let chars = entry.log.reduce((sum, logged) => sum + charsOf(logged), 0);
  let drop = Math.max(0, entry.log.length - MOST_LOGGED);
  for (let at = 0; at < entry.log.length && (at < drop || chars > MOST_LOGGED_CHARS); at += 1) {
    const logged = entry.log[at];
    if (logged !== undefined) chars -= charsOf(logged);
    drop = Math.max(drop, at + 1);
  }
  if (drop > 0) entry.log.splice(0, drop);
}
