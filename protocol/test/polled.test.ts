import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import { decodePolled, encodePolled, type PolledFrame } from '../src/index.ts';

const frame: fc.Arbitrary<PolledFrame> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ unit: 'grapheme' }) }),
  fc.record({ kind: fc.constant('binary' as const), bytes: fc.uint8Array() }),
  fc.record({
    kind: fc.constant('close' as const),
    code: fc.integer({ min: 1000, max: 4999 }),
    reason: fc.string({ maxLength: 20 }),
  }),
);

const joined = (frames: readonly PolledFrame[]) =>
  Uint8Array.from(frames.flatMap((each) => [...encodePolled(each)]));

describe('the answer of a poll', () => {
  it('[G5] holds the frames of a socket, in order and unchanged', () => {
    fc.assert(
      fc.property(fc.array(frame), (frames) => {
        expect(decodePolled(joined(frames))).toEqual({ ok: true, value: frames });
      }),
    );
  });

  it('[G5] is refused as a whole when it is cut anywhere inside a frame', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), fc.nat(), (frames, at) => {
        const whole = joined(frames);
        const ends = frames.map((_, index) => joined(frames.slice(0, index)).length);
        const cut = at % whole.length;
        expect(decodePolled(whole.subarray(0, cut)).ok).toBe(ends.includes(cut));
      }),
    );
  });

  it.each([
    ['an opcode that is none', [9, 0, 0, 0, 0]],
    ['a text that is no UTF-8', [1, 0, 0, 0, 1, 0xff]],
    ['a close without a code', [8, 0, 0, 0, 1, 3]],
  ])('[G5] is refused for %s', (_, bytes) => {
    expect(decodePolled(Uint8Array.from(bytes))).toMatchObject({
      ok: false,
      error: { code: 'INVALID_MESSAGE' },
    });
  });
});
