import type { Item } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { type ItemNode, NESTED_MOST, treeOf } from '../../src/lib/conversation-view/item-tree.ts';

const item = (itemId: string, parent?: string): { itemId: string; item: Item } => ({
  itemId,
  item: { itemId, at: 0, kind: 'agent', text: '', ...(parent === undefined ? {} : { parent }) },
});
const shape = (nodes: readonly ItemNode[]): unknown[] =>
  nodes.map(({ view, children }) => (children.length === 0 ? view.itemId : [view.itemId, shape(children)]));
const depthOf = (nodes: readonly ItemNode[]): number =>
  nodes.length === 0 ? 0 : 1 + Math.max(...nodes.map(({ children }) => depthOf(children)));

describe('items of a conversation', () => {
  it('[C6] a sub-agent’s items stand below its tool call, in their order', () => {
    const tree = treeOf([
      item('a'),
      item('task'),
      item('b', 'task'),
      item('c'),
      item('d', 'b'),
      item('e', 'task'),
    ]);
    expect(shape(tree)).toEqual(['a', ['task', [['b', ['d']], 'e']], 'c']);
  });

  it('[C6] an item whose parent is not before it stands for itself', () => {
    expect(shape(treeOf([item('a', 'older'), item('b', 'b'), item('c', 'd'), item('d', 'c')]))).toEqual([
      'a',
      'b',
      ['c', ['d']],
    ]);
  });

  it('a chain of thousands is no deeper on the page than may be, and loses nothing', () => {
    const chain = Array.from({ length: 5_000 }, (_, n) => item(`${n}`, n === 0 ? undefined : `${n - 1}`));
    const tree = treeOf(chain);
    const count = (nodes: readonly ItemNode[]): number =>
      nodes.reduce((sum, { children }) => sum + 1 + count(children), 0);
    expect(depthOf(tree)).toBe(NESTED_MOST + 1);
    expect(count(tree)).toBe(5_000);
  });
});
