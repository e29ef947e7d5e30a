import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { Automaton } from '../../src/redact/automaton.ts';
import { bytesOf } from '../support/frames.ts';

/** By trying every place. */
function expected(patterns: readonly string[], text: string) {
  const found: [number, number][] = [];
  for (let end = 1; end <= text.length; end += 1) {
    const longest = Math.max(...patterns.map((one) => (text.slice(0, end).endsWith(one) ? one.length : 0)));
    if (longest > 0) found.push([end - longest, end]);
  }
  const begun = (length: number) => patterns.some((one) => one.startsWith(text.slice(text.length - length)));
  const lengths = Array.from({ length: text.length + 1 }, (_, length) => length);
  return { found, depth: Math.max(...lengths.filter((length) => length === 0 || begun(length))) };
}

const word = (letters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength, maxLength });

test.each([
  ['ab', 2],
  ['abc', 3],
  ['abcdefgh', 2],
])('[X7] of letters %s finds what trying every place finds, in one piece and in many', (letters, least) => {
  fc.assert(
    fc.property(
      fc.array(word(letters, least, 9), { minLength: 1, maxLength: 6 }),
      word(letters, 0, 60),
      fc.array(fc.nat(20), { maxLength: 4 }),
      (patterns, noise, sizes) => {
        const text = noise + patterns.join('') + noise.slice(0, 5);
        const automaton = new Automaton(patterns.map(bytesOf));
        const found: [number, number][] = [];
        let state = 0;
        let at = 0;
        for (const size of [...sizes, text.length]) {
          const piece = bytesOf(text.slice(at, at + size));
          const before = at;
          state = automaton.read(state, piece, 0, (start, end) => found.push([start + before, end + before]));
          at += piece.length;
        }
        expect({ found, depth: automaton.depth(state) }).toEqual(expected(patterns, text));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('[X7] reads each byte a bounded number of times, whatever patterns and output are', () => {
  const size = 2_000_000;
  const automaton = new Automaton([bytesOf(`${'a'.repeat(4_000)}b`), bytesOf(`b${'a'.repeat(30)}`)]);
  let found = 0;
  const from = performance.now();
  automaton.read(0, bytesOf(`${'a'.repeat(3_999)}c`.repeat(size / 4_000)), 0, () => {
    found += 1;
  });
  expect(found).toBe(0);
  // Trying every place takes hundreds of times as long.
  expect(performance.now() - from).toBeLessThan(5_000);
});
