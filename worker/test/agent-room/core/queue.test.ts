import { CommandIdSchema, LIMITS, PRIORITIES, type Priority } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import {
  enqueued,
  isFull,
  moved,
  positionOf,
  type Queue,
  startable,
  without,
} from '../../../src/agent-room/core/commands/queue.ts';

const entry = (n: number, priority: Priority) => ({ commandId: CommandIdSchema.parse(`a.${n}`), priority });
const ids = (queue: Queue) =>
  queue.map(({ commandId, priority }) => `${priority[0]}${commandId.slice(2)}`).join(' ');
const build = (...entries: [number, Priority][]) =>
  entries.reduce<Queue>((queue, [n, priority]) => enqueued(queue, entry(n, priority)), []);

describe('the order of a queue', () => {
  const queue = build([1, 'low'], [2, 'normal'], [3, 'high'], [4, 'normal'], [5, 'high']);

  it('[Q1] high before normal before low, first come first served', () => {
    expect(ids(queue)).toBe('h3 h5 n2 n4 l1');
    expect(positionOf(queue, 'a.2')).toBe(3);
    expect(positionOf(queue, 'a.9')).toBe(0);
  });

  it('[Q1] a command is moved among its own priority, and no further', () => {
    expect(ids(moved(queue, 'a.4', 3))).toBe('h3 h5 n4 n2 l1');
    expect(ids(moved(queue, 'a.4', 1))).toBe('h3 h5 n4 n2 l1');
    expect(ids(moved(queue, 'a.3', 5))).toBe('h5 h3 n2 n4 l1');
    expect(ids(moved(queue, 'a.9', 1))).toBe(ids(queue));
  });

  it('[Q2] the first that are due start, and one that is passed over keeps its place', () => {
    expect(ids(startable(queue, 2, (id) => id !== 'a.3'))).toBe('h5 n2');
    expect(startable(queue, 0, () => true)).toEqual([]);
    expect(startable(queue, -1, () => true)).toEqual([]);
  });

  it('[Q3] is full with a hundred', () => {
    const hundred = Array.from({ length: LIMITS.queuedCommands }, (_, n) => entry(n, 'low'));
    expect(isFull(hundred)).toBe(true);
    expect(isFull(without(hundred, 'a.7'))).toBe(false);
  });

  it('[Q1] whatever is moved, the priorities stay in order and nothing is lost', () => {
    const priority = fc.constantFrom(...PRIORITIES);
    const moves = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 30 })), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(priority, { maxLength: 20 }), moves, (priorities, wanted) => {
        const all = build(...priorities.map((each, n): [number, Priority] => [n, each]));
        const end = wanted.reduce((now, [n, position]) => moved(now, `a.${n}`, position), all);
        const ranks = end.map((each) => PRIORITIES.indexOf(each.priority));
        expect(ranks).toEqual([...ranks].sort());
        expect(end.map(({ commandId }) => commandId).sort()).toEqual(
          all.map(({ commandId }) => commandId).sort(),
        );
      }),
    );
  });
});
