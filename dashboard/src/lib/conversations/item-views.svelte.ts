import type { OpenConversation } from '@muster/client/conversations';
import type { Item } from '@muster/protocol';
import type { ItemView } from './types.ts';

class ShownItem implements ItemView {
  readonly itemId: string;
  item: Item;

  constructor(itemId: string, item: Item) {
    this.itemId = itemId;
    this.item = $state.raw(item);
  }
}

/** The items of one conversation: the list changes when one comes or goes, and each alone when it grows. */
export class ItemViews {
  list = $state.raw<readonly ItemView[]>([]);
  readonly #shown = new Map<string, ShownItem>();

  /** What changed in a row draws that row. */
  change(conversation: OpenConversation, itemId: string): void {
    const view = this.#shown.get(itemId);
    const item = conversation.item(itemId);
    if (view !== undefined && item !== null) view.item = item;
  }

  arrange(conversation: OpenConversation): void {
    const { order } = conversation;
    this.list = order.flatMap((itemId) => this.#viewOf(conversation, itemId) ?? []);
    if (this.#shown.size === order.length) return;
    const kept = new Set(order);
    for (const itemId of this.#shown.keys()) if (!kept.has(itemId)) this.#shown.delete(itemId);
  }

  #viewOf(conversation: OpenConversation, itemId: string): ShownItem | null {
    const held = this.#shown.get(itemId);
    if (held !== undefined) return held;
    const item = conversation.item(itemId);
    if (item === null) return null;
    const view = new ShownItem(itemId, item);
    this.#shown.set(itemId, view);
    return view;
  }
}
