import { expect, test } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { Coalescer } from '../../../src/keeper/stream/coalescer.ts';
import { joined } from '../../../src/spool/bytes.ts';
import { bytesOf } from '../../support/frames.ts';

function coalescer() {
  const messages: { stream: number; data: Uint8Array }[][] = [];
  const it = new Coalescer((chunks) =>
    messages.push(chunks.map(({ stream, data }) => ({ stream, data: data.slice() }))),
  );
  const texts = () =>
    messages.map((chunks) => chunks.map(({ data }) => Buffer.from(data).toString()).join('|'));
  return { it, messages, texts };
}

test('[S11] the first bytes after a quiet moment go at once, what follows within 50 ms goes together', () => {
  const { it, texts } = coalescer();
  it.push(0, bytesOf('a'), 1000);
  it.push(0, bytesOf('b'), 1010);
  it.push(0, bytesOf('c'), 1040);
  expect(texts()).toEqual(['a']);
  expect(it.dueAt()).toBe(1050);
  it.tick(1050);
  expect(texts()).toEqual(['a', 'bc']);
  expect(it.dueAt()).toBeNull();
  it.push(0, bytesOf('d'), 1100);
  expect(texts()).toEqual(['a', 'bc', 'd']);
});

test('[S11] the answer to input goes at once, also behind something else the program prints', () => {
  const { it, texts } = coalescer();
  it.push(0, bytesOf('a'), 1000);
  it.push(0, bytesOf('b'), 1001);
  it.expectAnswer(1001);
  it.push(0, bytesOf('c'), 1002);
  it.push(0, bytesOf('d'), 1003);
  expect(texts()).toEqual(['a', 'bc', 'd']);
});

test('[S11] an input hurries only so many messages, and only for so long', () => {
  const { it, texts } = coalescer();
  it.push(0, bytesOf('a'), 1000);
  it.expectAnswer(1000);
  for (const letter of 'bcdefg') it.push(0, bytesOf(letter), 1001);
  expect(texts()).toEqual(['a', 'b', 'c', 'd', 'e']);
  it.tick(1051);
  it.expectAnswer(1052);
  it.push(0, bytesOf('h'), 1053);
  it.push(0, bytesOf('i'), 1100);
  it.push(0, bytesOf('j'), 1102);
  it.push(0, bytesOf('k'), 1140);
  expect(texts().slice(5)).toEqual(['fg', 'h', 'i']);
});

test('[S11] a character cut in two waits 20 ms for its rest', () => {
  const { it, texts, messages } = coalescer();
  const euro = bytesOf('€');
  it.push(0, joined([bytesOf('x'), euro.subarray(0, 2)]), 1000);
  expect(texts()).toEqual(['x']);
  expect(it.dueAt()).toBe(1020);
  it.push(0, euro.subarray(2), 1010);
  it.tick(1050);
  expect(texts()).toEqual(['x', '€']);
  it.push(0, euro.subarray(0, 2), 2000);
  it.tick(2020);
  expect(messages.at(-1)?.[0]?.data).toEqual(euro.subarray(0, 2));
});

test('[S11] a clock that was set back holds nothing up', () => {
  const { it, texts } = coalescer();
  it.push(0, bytesOf('a'), 100_000);
  it.push(0, bytesOf('b'), 5);
  expect(texts()).toEqual(['a', 'b']);
});

test('[S11] loses no byte, cuts no character, and keeps to its sizes', () => {
  const part = fc.record({
    stream: fc.integer({ min: 0, max: 1 }),
    text: fc.string({ unit: 'binary', maxLength: 40 }),
    repeat: fc.constantFrom(1, 1, 1, 700, 9000),
    cut: fc.nat(3),
    wait: fc.constantFrom(0, 1, 10, 60),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const { it, messages } = coalescer();
      const sent: Uint8Array[][] = [[], []];
      let now = 0;
      for (const { stream, text, repeat, cut, wait } of parts) {
        const bytes = bytesOf(text.repeat(repeat));
        const at = Math.max(0, bytes.length - cut);
        for (const piece of [bytes.subarray(0, at), bytes.subarray(at)]) it.push(stream, piece, now);
        sent[stream]?.push(bytes);
        now += wait;
        const due = it.dueAt();
        if (due !== null && due <= now) it.tick(now);
      }
      it.flushAll(now);
      for (const stream of [0, 1]) {
        const got = messages.flat().filter((chunk) => chunk.stream === stream);
        const whole = joined(sent[stream] ?? []);
        expect(Buffer.compare(joined(got.map(({ data }) => data)), whole)).toBe(0);
        const decoded = got.map(({ data }) => Buffer.from(data).toString()).join('');
        if (Buffer.from(whole).toString().includes('�') || now > 0) continue;
        expect(decoded).toBe(Buffer.from(whole).toString());
      }
      for (const chunks of messages) {
        expect(chunks.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(256 * 1024);
        for (const { data } of chunks) expect(data.length).toBeLessThanOrEqual(10 * 1024);
      }
    }),
  );
});
