import { decodePolled, LIMITS, type PolledFrame } from '@muster/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POLL } from '../../../src/poll/core/limits.ts';
import { answer, confirm, hear, type Line, newest, newLine, take } from '../../../src/poll/core/line.ts';

const text = (n: number): PolledFrame => ({ kind: 'text', text: String(n) });
const bulk = (size: number): PolledFrame => ({ kind: 'binary', bytes: new Uint8Array(size) });

function frames(line: Line): readonly PolledFrame[] {
  const decoded = decodePolled(answer(line));
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

describe('what a line holds', () => {
  it('[G5] reaches its poller once and in order, whichever answers are lost and asked for again', () => {
    const step = fc.oneof(
      fc.constant('came' as const),
      fc.constant('polled' as const),
      fc.constant('lost' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = newLine();
        const got: PolledFrame[] = [];
        let came = 0;
        for (const what of [...steps, 'polled' as const]) {
          if (what === 'came') {
            came += 1;
            take(line, text(came));
            continue;
          }
          expect(confirm(line, got.length).ok).toBe(true);
          const answered = frames(line);
          if (what === 'polled') got.push(...answered);
        }
        expect(got).toEqual(Array.from({ length: came }, (_, index) => text(index + 1)));
      }),
    );
  });

  it('[G5] a poll that does not say what arrived has all that was given', () => {
    const line = newLine();
    take(line, text(1));
    expect(frames(line)).toEqual([text(1)]);
    take(line, text(2));
    confirm(line);
    expect(frames(line)).toEqual([text(2)]);
  });

  it('[G5] a poll that claims what it cannot have is refused', () => {
    const line = newLine();
    for (const n of [1, 2, 3]) take(line, text(n));
    expect(confirm(line, 1)).toMatchObject({ ok: false, error: { code: 'INVALID_STATE' } });
    frames(line);
    expect(confirm(line, 2).ok).toBe(true);
    expect(confirm(line, 1)).toMatchObject({ ok: false, error: { details: { field: 'got' } } });
  });

  it('[G5] an answer is at most 1 MiB, or one message', () => {
    const line = newLine();
    const half = LIMITS.pollBytes / 2;
    for (const size of [half, half, 2 * LIMITS.pollBytes, 1]) take(line, bulk(size));
    const sizes: number[] = [];
    while (newest(line) > line.given) {
      sizes.push(answer(line).length);
      confirm(line);
    }
    expect(sizes).toEqual([half + 5, half + 5, 2 * LIMITS.pollBytes + 5, 6]);
  });

  it('[S8] a poller that does not come for what it has is closed with 4408, once, and nothing more is held', () => {
    const line = newLine();
    const taken: boolean[] = [];
    while (!line.ended) taken.push(take(line, bulk(LIMITS.pollBytes)));
    expect(taken.indexOf(false)).toBe(taken.length - 1);
    expect(line.bytes).toBeLessThan(POLL.heldBytes + 2 * LIMITS.pollBytes);
    expect(take(line, text(1))).toBe(true);
    const held: PolledFrame[] = [];
    while (newest(line) > line.given) {
      held.push(...frames(line));
      confirm(line);
    }
    expect(held.at(-1)).toMatchObject({ kind: 'close', code: 4408 });
  });
});

describe('what a poller says', () => {
  it('[G5] is taken once when it is said again', () => {
    const line = newLine();
    expect(hear(line, ['a', 'b'], 1)).toEqual({ ok: true, value: ['a', 'b'] });
    expect(hear(line, ['a', 'b'], 1)).toEqual({ ok: true, value: [] });
    expect(hear(line, ['b', 'c'], 2)).toEqual({ ok: true, value: ['c'] });
    expect(hear(line, ['d'])).toEqual({ ok: true, value: ['d'] });
  });

  it('[G5] is refused where something before it is missing', () => {
    expect(hear(newLine(), ['b'], 2)).toMatchObject({ ok: false, error: { code: 'INVALID_STATE' } });
  });
});
