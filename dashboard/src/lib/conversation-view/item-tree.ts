import type { ItemView } from '../conversations/types.ts';

/** An item with what a sub-agent did below it. */
export interface ItemNode {
  readonly view: ItemView;
  readonly children: readonly ItemNode[];
}

interface Building {
  readonly view: ItemView;
  /** Where the children of this one go: itself, or, at the greatest depth, the one above it. */
  readonly below: Building[];
  readonly children: Building[];
  readonly depth: number;
}

/** How deep items are nested on a page; what is deeper stands at this depth. */
export const NESTED_MOST = 5;

/**
 * C6: nests items by `parent`, in the order of the list. A parent stands before its children: an item whose parent does
 * not (it is on an older page, or is made up) stands for itself.
 */
export function treeOf(views: readonly ItemView[]): readonly ItemNode[] {
  const nodes = new Map<string, Building>();
  const roots: Building[] = [];
  for (const view of views) {
    const { parent } = view.item;
    const above = parent === undefined ? undefined : nodes.get(parent);
    const siblings = above?.below ?? roots;
    const depth = above === undefined ? 0 : Math.min(NESTED_MOST, above.depth + 1);
    const children: Building[] = [];
    const node = { view, children, depth, below: depth < NESTED_MOST ? children : siblings };
    nodes.set(view.itemId, node);
    siblings.push(node);
  }
  return roots;
}
