import type { Priority } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { indexUnder, moveOf, reachOf, reordered, wayOf } from '../../src/lib/commands/reorder.ts';

const queueOf = (...priorities: Priority[]) =>
  priorities.map((priority, index) => ({ commandId: String(index), priority, position: index + 1 }));
const MIXED = queueOf('high', 'high', 'normal', 'normal', 'normal', 'low');
const namesOf = (queue: readonly { commandId: string }[]) => queue.map(({ commandId }) => commandId).join('');

/** A queue as Q1 keeps it. */
const queues = fc
  .tuple(fc.nat(5), fc.nat(5), fc.nat(5))
  .map(([high, normal, low]) =>
    queueOf(
      ...Array<Priority>(high).fill('high'),
      ...Array<Priority>(normal).fill('normal'),
      ...Array<Priority>(low).fill('low'),
    ),
  );

describe('[B8] a command is moved in the queue', () => {
  test('to the place it was dropped on, counted from 1', () => {
    expect(moveOf(MIXED, 4, 2)).toEqual({ commandId: '4', position: 3 });
    expect(moveOf(MIXED, 2, 4)).toEqual({ commandId: '2', position: 5 });
  });
  test('[Q1] no further than its own priority reaches', () => {
    expect(reachOf(MIXED, 3)).toEqual({ first: 2, last: 4 });
    expect(moveOf(MIXED, 4, 0)).toEqual({ commandId: '4', position: 3 });
    expect(moveOf(MIXED, 5, 0)).toBeNull();
  });
  test('not at all when it stays, or is gone', () => {
    expect(moveOf(MIXED, 3, 3)).toBeNull();
    expect(moveOf(MIXED, 9, 0)).toBeNull();
  });
  test('and the page shows at once what the room will say', () => {
    const move = moveOf(MIXED, 4, 2);
    expect(move && namesOf(reordered(MIXED, move))).toBe('014235');
  });
  test('[Q1] whatever is dropped where: all stay in it once, by priority, numbered from 1', () => {
    fc.assert(
      fc.property(queues, fc.nat(14), fc.integer({ min: -2, max: 16 }), (queue, from, to) => {
        const move = moveOf(queue, from, to);
        const after = move === null ? queue : reordered(queue, move);
        expect(after.map(({ priority }) => priority)).toEqual(queue.map(({ priority }) => priority));
        expect([...namesOf(after)].sort()).toEqual([...namesOf(queue)].sort());
        expect(after.map(({ position }) => position)).toEqual(queue.map((_, index) => index + 1));
      }),
    );
  });
});

describe('a dragged row', () => {
  const heights = [40, 40, 60, 40];
  test('takes a neighbour’s place when it is past its middle', () => {
    expect(indexUnder(heights, 1, 29)).toBe(1);
    expect(indexUnder(heights, 1, 30)).toBe(2);
    expect(indexUnder(heights, 1, 79)).toBe(2);
    expect(indexUnder(heights, 1, 80)).toBe(3);
    expect(indexUnder(heights, 1, -20)).toBe(0);
  });
  test('stays within the list however far it is pulled', () => {
    expect(indexUnder(heights, 2, 5_000)).toBe(3);
    expect(indexUnder(heights, 2, -5_000)).toBe(0);
  });
  test('has way made for it by those between, and by nobody else', () => {
    expect([0, 1, 2, 3].map((index) => wayOf(index, 1, 3))).toEqual([0, 0, -1, -1]);
    expect([0, 1, 2, 3].map((index) => wayOf(index, 2, 0))).toEqual([1, 1, 0, 0]);
  });
});
