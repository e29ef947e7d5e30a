import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { TextJoiner } from '../../src/recording/text-joiner.ts';

const utf8 = new TextEncoder();
const whole = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

const BYTES = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => utf8.encode(text)),
  fc
    .string({ unit: fc.constantFrom('\r', '\n', 'a', 'é', '🦊', '\ufeff'), maxLength: 30 })
    .map((text) => utf8.encode(text)),
);

function joined(bytes: Uint8Array, cuts: readonly number[], setting?: { lines: boolean }): string {
  const joiner = new TextJoiner(setting);
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let text = '';
  let from = 0;
  for (const to of places) {
    text += joiner.push(bytes.subarray(from, to));
    from = to;
  }
  return text + joiner.end();
}

const CUTS = fc.array(fc.nat(60), { maxLength: 12 });

describe('the text of a stream', () => {
  it('[S11] is the same however its bytes are cut', () => {
    fc.assert(
      fc.property(BYTES, CUTS, (bytes, cuts) => {
        expect(joined(bytes, cuts)).toBe(whole.decode(bytes));
      }),
    );
  });

  it('[S11] of pipes has a carriage return before each newline, wherever it is cut', () => {
    fc.assert(
      fc.property(BYTES, CUTS, (bytes, cuts) => {
        const text = whole.decode(bytes).replaceAll(/\r?\n/g, '\r\n');
        expect(joined(bytes, cuts, { lines: true })).toBe(text);
      }),
    );
  });
});
