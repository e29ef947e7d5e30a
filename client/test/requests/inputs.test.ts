import { LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  bytePieces,
  confirmInput,
  inputsFrom,
  numberInput,
  textPieces,
  unconfirmed,
} from '../../src/requests/inputs.ts';

describe('input', () => {
  it('[I2] counts what the keeper has not confirmed, cumulatively', () => {
    let state = inputsFrom(0);
    for (let n = 1; n <= 3; n += 1) {
      const next = numberInput(state);
      expect(next.sequence).toBe(n);
      state = next.state;
    }
    expect(unconfirmed(state)).toBe(3);
    expect(unconfirmed(confirmInput(state, 2))).toBe(1);
    expect(unconfirmed(confirmInput(confirmInput(state, 3), 1))).toBe(0);
    expect(unconfirmed(confirmInput(state, 99))).toBe(0);
  });

  it('[I2] begins above what the same client used before it was loaded again', () => {
    let before = inputsFrom(1_000);
    for (let key = 0; key < 500; key += 1) before = numberInput(before).state;
    expect(numberInput(inputsFrom(1_001)).sequence).toBeGreaterThan(before.sent);
    expect(unconfirmed(inputsFrom(1_001))).toBe(0);
  });

  it('[L] cuts long input into pieces that fit, between characters, and loses none of it', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((piece) => `${'é😀'.repeat(30_000)}${piece}`);
    fc.assert(
      fc.property(text, (whole) => {
        const pieces = [...textPieces(whole)];
        expect(pieces.join('') === whole).toBe(true);
        for (const piece of pieces) {
          expect(new TextEncoder().encode(piece).length).toBeLessThanOrEqual(LIMITS.inputBytes);
          expect(/[\ud800-\udbff]$/.test(piece)).toBe(false);
        }
      }),
      { numRuns: 20 },
    );
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const parts = [...bytePieces(bytes)];
    expect(parts.every((part) => part.length <= LIMITS.inputBytes)).toBe(true);
    expect(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64'))).equals(bytes)).toBe(true);
  });
});
