import { type Chunk, LIMITS, STREAM } from '@muster/protocol';
import { expect, test } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { COALESCE_MS } from '../../../src/keeper/stream/coalescer.ts';
import { Updates } from '../../../src/keeper/stream/updates.ts';

interface Batch {
  readonly chunks: readonly Chunk[];
  readonly command: string;
  readonly commandFirst: number;
}

function updates() {
  const batches: Batch[] = [];
  return { batches, updates: new Updates((chunks, of) => batches.push({ chunks, ...of })) };
}
const frame = (text: string) => new TextEncoder().encode(text);

test('[C14] the first of a quiet conversation goes at once, and what follows in 50 ms together', () => {
  const { batches, updates: all } = updates();
  for (const [at, text] of [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ] as const)
    all.push('x', frame(text), at);
  expect(batches.map(({ chunks }) => chunks.length)).toEqual([1]);
  expect(all.dueAt()).toBe(COALESCE_MS);
  all.tick(COALESCE_MS);
  expect(batches).toMatchObject([
    { command: 'x', commandFirst: 1 },
    { command: 'x', commandFirst: 2, chunks: [{ stream: STREAM.update }, { data: frame('c') }] },
  ]);
  expect(all.dueAt()).toBeNull();
});

test('[C14] an event waits for no update: they stand before it', () => {
  const { batches, updates: all } = updates();
  all.push('x', frame('a'), 0);
  all.push('x', frame('b'), 1);
  all.push('y', frame('c'), 1);
  all.flush(2);
  expect(batches.map(({ command, commandFirst }) => [command, commandFirst])).toEqual([
    ['x', 1],
    ['y', 1],
    ['x', 2],
  ]);
});

test('[S12][C14] no frame is cut, merged, lost or reordered, and each batch keeps to its bounds', () => {
  const push = fc.record({
    conversation: fc.constantFrom('x', 'y'),
    size: fc.oneof(fc.nat(50), fc.nat(300_000), fc.constant(800_000)),
    after: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.array(push, { maxLength: 40 }), (pushes) => {
      const { batches, updates: all } = updates();
      const sent: Record<string, number[]> = { x: [], y: [] };
      let now = 0;
      for (const { conversation, size, after } of pushes) {
        now += after;
        const due = all.dueAt();
        if (due !== null && now >= due) all.tick(now);
        all.push(conversation, new Uint8Array(size), now);
        sent[conversation]?.push(size);
      }
      all.flush(now);
      for (const name of ['x', 'y']) {
        const mine = batches.filter(({ command }) => command === name);
        expect(mine.flatMap(({ chunks }) => chunks.map(({ data }) => data.length))).toEqual(sent[name]);
        let next = 1;
        for (const { commandFirst, chunks } of mine) {
          expect(commandFirst).toBe(next);
          next += chunks.length;
          expect(chunks.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(
            LIMITS.batchRawBytes,
          );
        }
      }
    }),
  );
});
