import { describe, expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { QUEUE_KEEP_BYTES, QUEUE_LIMIT_BYTES, WriteQueue } from '../../src/lib/terminal/write-queue.ts';

const bytesOf = (...values: number[]) => Uint8Array.from(values);

describe('the write queue', () => {
  test('[S7] gives back every byte once and in order, with actions in their places, however it is taken', () => {
    const item = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.constant('action' as const));
    fc.assert(
      fc.property(fc.array(item), fc.infiniteStream(fc.integer({ min: 1, max: 60 })), (items, sizes) => {
        const queue = new WriteQueue();
        const expected: (number | string)[] = [];
        const seen: (number | string)[] = [];
        items.forEach((next, index) => {
          if (next === 'action') queue.push(() => seen.push(`action ${index}`));
          else queue.push(next);
          expected.push(...(next === 'action' ? [`action ${index}`] : next));
        });
        while (!queue.empty) {
          const max = sizes.next().value ?? 1;
          const taken = queue.take(max, 7);
          if (taken.kind === 'action') taken.run();
          if (taken.kind !== 'bytes') continue;
          expect(taken.size).toBeLessThanOrEqual(max);
          for (const piece of taken.pieces) {
            expect(piece.length).toBeLessThanOrEqual(7);
            seen.push(...piece);
          }
        }
        expect(seen).toEqual(expected);
        expect(queue.bytes).toBe(0);
      }),
    );
  });

  test('an action is never overtaken by the bytes after it', () => {
    const queue = new WriteQueue();
    queue.push(bytesOf(1));
    queue.push(() => {});
    queue.push(bytesOf(2));
    expect(queue.take(100, 100)).toMatchObject({ kind: 'bytes', size: 1 });
    expect(queue.take(100, 100).kind).toBe('action');
    expect(queue.take(100, 100)).toMatchObject({ kind: 'bytes', size: 1 });
    expect(queue.take(100, 100).kind).toBe('nothing');
  });

  test('beyond its limit drops the oldest bytes, reports how many, and keeps every action', () => {
    const queue = new WriteQueue();
    const block = new Uint8Array(1024 * 1024);
    let acted = 0;
    let dropped = 0;
    for (let count = 0; count <= QUEUE_LIMIT_BYTES / block.length; count += 1) {
      queue.push(() => {
        acted += 1;
      });
      dropped += queue.push(block);
    }
    expect(queue.bytes).toBeLessThanOrEqual(QUEUE_KEEP_BYTES);
    expect(queue.bytes + dropped).toBe(QUEUE_LIMIT_BYTES + block.length);
    for (let taken = queue.take(block.length, block.length); taken.kind !== 'nothing'; ) {
      if (taken.kind === 'action') taken.run();
      taken = queue.take(block.length, block.length);
    }
    expect(acted).toBe(QUEUE_LIMIT_BYTES / block.length + 1);
  });

  test('what is put first comes before all that waits', () => {
    const queue = new WriteQueue();
    queue.push(bytesOf(2));
    queue.unshift(bytesOf(1));
    const taken = queue.take(10, 10);
    expect(taken.kind === 'bytes' && taken.pieces.map((piece) => [...piece])).toEqual([[1], [2]]);
  });
});
