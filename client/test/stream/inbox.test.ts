import { isPacked, withBody } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Inbox, readBatches } from '../../src/sync/index.ts';
import { longBatch } from '../packed.ts';
import { epochOf } from './support.ts';

const E = epochOf(1);
const joined = (parts: readonly Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));

/** An inbox, and what it handed on: `text`, `first-last wire bytes`, `refused`. */
function make() {
  const inbox = new Inbox();
  const got: string[] = [];
  const text = (what: string) => inbox.other(() => got.push(what));
  const bytes = (message: Uint8Array) =>
    inbox.bytes(message, (raw, wireBytes) => {
      const headers = readBatches(raw);
      if (!headers.ok) return got.push('refused');
      const [first, last] = [headers.value[0]?.first, headers.value.at(-1)?.last];
      return got.push(`${first}-${last} ${wireBytes}`);
    });
  /** Resolves when all that was put in before has come out. */
  const settled = () => new Promise<void>((resolve) => inbox.other(resolve));
  return { inbox, got, text, bytes, settled };
}

describe('an inbox', () => {
  it('[R2] hands on at once while nothing is compressed', () => {
    const { got, text, bytes } = make();
    const raw = longBatch(E, 1, 2, false);
    text('a');
    bytes(raw);
    text('b');
    expect(got).toEqual(['a', `1-2 ${raw.length}`, 'b']);
  });

  it('[R2] [S12] keeps the order of all messages, and reports the bytes that were on the wire', async () => {
    const part = fc.record({ count: fc.integer({ min: 1, max: 5 }), packed: fc.boolean() });
    const message = fc.oneof(fc.constant(null), fc.array(part, { minLength: 1, maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 8 }), async (messages) => {
        const { got, text, bytes, settled } = make();
        const lasts: number[] = [];
        let next = 1;
        let wire = 0;
        for (const parts of messages) {
          if (parts === null) text('text');
          if (parts === null) lasts.push(-next);
          else {
            const batches = parts.map(({ count, packed }) => {
              next += count;
              return longBatch(E, next - count, count, packed);
            });
            wire += batches.reduce((sum, { length }) => sum + length, 0);
            bytes(joined(batches));
          }
        }
        await settled();
        let at = 1;
        let heard = 0;
        const texts: number[] = [];
        for (const line of got) {
          if (line === 'text') {
            texts.push(-at);
            continue;
          }
          const [, first, last, size] = /^(\d+)-(\d+) (\d+)$/.exec(line) ?? [];
          expect(Number(first)).toBe(at);
          at = Number(last) + 1;
          heard += Number(size);
        }
        expect(texts).toEqual(lasts);
        expect([at, heard]).toEqual([next, wire]);
      }),
      { numRuns: 50 },
    );
  });

  it('[S12] hands on what cannot be unpacked as it came, in its place, so that it is refused', async () => {
    const { got, bytes, settled } = make();
    const batch = longBatch(E, 1, 2, true);
    const [header] = headersOf(longBatch(E, 1, 2, false));
    if (header === undefined) throw new Error('no header');
    bytes(batch);
    bytes(withBody(longBatch(E, 1, 2, false), header, new Uint8Array(50), true));
    await settled();
    expect(got).toEqual([`1-2 ${batch.length}`, 'refused']);
  });

  it('[S7] hands on nothing more once it is closed, in the middle of unpacking too', async () => {
    const { inbox, got, text, bytes } = make();
    const other = make();
    const message = joined([longBatch(E, 1, 2, true), longBatch(E, 3, 2, true)]);
    expect(isPacked(message)).toBe(true);
    bytes(message);
    text('behind it');
    inbox.close();
    text('later');
    other.bytes(message);
    await other.settled();
    expect(other.got).toHaveLength(2);
    expect(got).toEqual([]);
  });

  it('[R2] stops where its receiver closes it, in the middle of a message', async () => {
    const inbox = new Inbox();
    const got: number[] = [];
    inbox.bytes(joined([longBatch(E, 1, 2, true), longBatch(E, 3, 2, true)]), (_, wireBytes) => {
      got.push(wireBytes);
      inbox.close();
    });
    const other = make();
    other.bytes(joined([longBatch(E, 1, 2, true), longBatch(E, 3, 2, true)]));
    await other.settled();
    expect(got).toHaveLength(1);
  });
});

function headersOf(bytes: Uint8Array) {
  const headers = readBatches(bytes);
  if (!headers.ok) throw new Error(headers.error.message);
  return headers.value;
}
