import { type ConversationUpdate, type Item, isTextItem, type Position } from '@muster/protocol';
import type { ConversationEvent } from '../../src/conversations/types.ts';
import { at, conversationState, row, text, tool } from './support.ts';

type UpdateEvent = Extract<ConversationEvent, { type: 'update' }>;
type RowEvent = Extract<ConversationEvent, { type: 'row' }>;

const STATUSES = ['pending', 'in_progress', 'completed'];

/** A conversation as its keeper and its room have it, without any of their machinery. */
export class KeptConversation {
  readonly #items = new Map<string, Item>();
  /** The room's rows, by item. */
  readonly #rows = new Map<string, RowEvent>();
  readonly #dirty = new Set<string>();
  #epoch = 1;
  #sequence = 0;
  #revision = 0;
  #itemRevision = 0;
  #count = 0;

  /** In the order of the room's rows, and behind them those that have none. */
  get items(): Item[] {
    const stored = [...this.#rows.keys()];
    const fresh = [...this.#items.keys()].filter((itemId) => !this.#rows.has(itemId));
    return [...stored, ...fresh].flatMap((itemId) => this.#items.get(itemId) ?? []);
  }

  begin(kind: string): UpdateEvent {
    this.#count += 1;
    const itemId = `i${this.#count}`;
    return this.#show(kind === 'tool' ? tool(itemId, 'pending') : text(itemId, ''));
  }

  /** The nth item that grows says more; null: there is none. */
  append(n: number, size: number): UpdateEvent | null {
    const item = this.#pick(n, isTextItem);
    if (item === null || !isTextItem(item)) return null;
    const said = `${this.#sequence}`.padStart(size, '.').slice(-size);
    const offset = item.text.length;
    this.#items.set(item.itemId, { ...item, text: item.text + said });
    return this.#frame({ type: 'text', itemId: item.itemId, offset, text: said }, item.itemId);
  }

  /** A tool call goes on. */
  advance(n: number): UpdateEvent | null {
    const item = this.#pick(n, (one) => one.kind === 'tool');
    if (item?.kind !== 'tool') return null;
    const next = STATUSES[STATUSES.indexOf(item.status) + 1] ?? 'failed';
    return this.#show(tool(item.itemId, next));
  }

  /** An item is said anew, as a whole. */
  rewrite(n: number): UpdateEvent | null {
    const item = this.#pick(n, isTextItem);
    return item === null ? null : this.#show(text(item.itemId, `again ${this.#sequence}`));
  }

  /** The keeper gives a row; null: the item has none, or its row is as it is. */
  write(n: number, ends: boolean): RowEvent | null {
    const item = this.#pick(n, () => true);
    if (item === null) return null;
    if (ends) this.#items.set(item.itemId, { ...item, endedAt: 1 });
    if (ends) this.#dirty.add(item.itemId);
    return this.#write(item.itemId);
  }

  /** Its rows for all that has changed since the last ones. */
  flush(): RowEvent[] {
    return [...this.#dirty].flatMap((itemId) => this.#write(itemId) ?? []);
  }

  /** The keeper starts anew: numbers begin at 1, and it gives rows for all that it had. */
  restart(): RowEvent[] {
    this.#epoch += 1;
    this.#sequence = 0;
    return this.flush();
  }

  /** The answer to a join, but for its ack. */
  joining(after: number | null): ConversationEvent[] {
    this.#revision += 1;
    const rows = [...this.#rows.values()].filter(({ row: { revision } }) => revision > (after ?? -1));
    const state = conversationState({
      revision: this.#revision,
      asOf: this.#sequence === 0 ? null : this.#position(),
      itemRevision: this.#itemRevision,
      next: this.#rows.size,
    });
    return [{ type: 'join' }, { type: 'state', state }, ...rows];
  }

  #pick(n: number, accept: (item: Item) => boolean): Item | null {
    const open = [...this.#items.values()].filter((item) => item.endedAt === undefined && accept(item));
    return open[n % Math.max(1, open.length)] ?? null;
  }

  #position(): Position {
    return at(this.#sequence, this.#epoch);
  }

  #show(item: Item): UpdateEvent {
    this.#items.set(item.itemId, item);
    return this.#frame({ type: 'item', item }, item.itemId);
  }

  #frame(update: ConversationUpdate, itemId: string): UpdateEvent {
    this.#dirty.add(itemId);
    this.#sequence += 1;
    return { type: 'update', position: this.#position(), update };
  }

  #write(itemId: string): RowEvent | null {
    const item = this.#items.get(itemId);
    if (item === undefined || !this.#dirty.delete(itemId)) return null;
    this.#sequence += 1;
    this.#itemRevision += 1;
    const index = this.#rows.get(itemId)?.row.index ?? this.#rows.size;
    const written = row(index, this.#itemRevision, item, this.#position());
    if (written.type !== 'row') throw new Error('a row is a row');
    this.#rows.set(itemId, written);
    return written;
  }
}
