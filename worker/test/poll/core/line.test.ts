import { decodePolled, LIMITS, type PolledFrame } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { POLL } from '../../../src/poll/core/limits.ts';
import {
  acceptTexts,
  confirmReceipt,
  type Line,
  newestNumber,
  newLine,
  receiveFrame,
  takeAnswer,
} from '../../../src/poll/core/line.ts';

const text = (n: number): PolledFrame => ({ kind: 'text', text: String(n) });
const bulk = (size: number): PolledFrame => ({ kind: 'binary', bytes: new Uint8Array(size) });

function frames(line: Line): readonly PolledFrame[] {
  const decoded = decodePolled(takeAnswer(line));
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
            receiveFrame(line, text(came));
            continue;
          }
          expect(confirmReceipt(line, got.length).ok).toBe(true);
          const answered = frames(line);
          if (what === 'polled') got.push(...answered);
        }
        expect(got).toEqual(Array.from({ length: came }, (_, index) => text(index + 1)));
      }),
    );
  });

  it('[G5] a poll that does not say what arrived has all that was given', () => {
    const line = newLine();
    receiveFrame(line, text(1));
    expect(frames(line)).toEqual([text(1)]);
    receiveFrame(line, text(2));
    confirmReceipt(line);
    expect(frames(line)).toEqual([text(2)]);
  });

  it('[G5] a poll that claims what it cannot have is refused', () => {
    const line = newLine();
    for (const n of [1, 2, 3]) receiveFrame(line, text(n));
    expect(confirmReceipt(line, 1)).toMatchObject({ ok: false, error: { code: 'INVALID_STATE' } });
    frames(line);
    expect(confirmReceipt(line, 2).ok).toBe(true);
    expect(confirmReceipt(line, 1)).toMatchObject({ ok: false, error: { details: { field: 'got' } } });
  });

  it('[G5] an answer is at most 1 MiB, or one message', () => {
    const line = newLine();
    const half = LIMITS.pollBytes / 2;
    for (const size of [half, half, 2 * LIMITS.pollBytes, 1]) receiveFrame(line, bulk(size));
    const sizes: number[] = [];
    while (newestNumber(line) > line.answeredUpTo) {
      sizes.push(takeAnswer(line).length);
      confirmReceipt(line);
    }
    expect(sizes).toEqual([half + 5, half + 5, 2 * LIMITS.pollBytes + 5, 6]);
  });

  it('[S8] a poller that does not come for what it has is closed with 4408, once, and nothing more is held', () => {
    const line = newLine();
    const taken: boolean[] = [];
    while (!line.ended) taken.push(receiveFrame(line, bulk(LIMITS.pollBytes)));
    expect(taken.indexOf(false)).toBe(taken.length - 1);
    expect(line.bytes).toBeLessThan(POLL.heldBytes + 2 * LIMITS.pollBytes);
    expect(receiveFrame(line, text(1))).toBe(true);
    const held: PolledFrame[] = [];
    while (newestNumber(line) > line.answeredUpTo) {
      held.push(...frames(line));
      confirmReceipt(line);
    }
    expect(held.at(-1)).toMatchObject({ kind: 'close', code: 4408 });
  });
});

describe('what a poller says', () => {
  it('[G5] is taken once when it is said again', () => {
    const line = newLine();
    expect(acceptTexts(line, ['a', 'b'], 1)).toEqual({ ok: true, value: ['a', 'b'] });
    expect(acceptTexts(line, ['a', 'b'], 1)).toEqual({ ok: true, value: [] });
    expect(acceptTexts(line, ['b', 'c'], 2)).toEqual({ ok: true, value: ['c'] });
    expect(acceptTexts(line, ['d'])).toEqual({ ok: true, value: ['d'] });
  });

  it('[G5] is refused where something before it is missing', () => {
    expect(acceptTexts(newLine(), ['b'], 2)).toMatchObject({ ok: false, error: { code: 'INVALID_STATE' } });
  });
});
