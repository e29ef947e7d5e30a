import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  asFetched,
  BATCH_HEADER_BYTES,
  type BatchHeader,
  type BatchInput,
  batchBody,
  batchBytes,
  batchesIn,
  EpochSchema,
  encodeBatch,
  encodeGap,
  framesOf,
  LIMITS,
  readBatch,
  STREAM,
  textOf,
} from '../../src/index.ts';

const hex = fc.integer({ min: 0, max: 15 }).map((n) => n.toString(16));
const epoch = fc
  .array(hex, { minLength: 16, maxLength: 16 })
  .map((digits) => EpochSchema.parse(digits.join('')));
const first = fc.oneof(
  fc.integer({ min: 1, max: 1e6 }),
  fc.integer({ min: 2 ** 31, max: 2 ** 53 - 100_000 }),
);
const time = fc.integer({ min: 0, max: 4e12 });
const chunk = fc.record({
  stream: fc.constantFrom(STREAM.stdout, STREAM.stderr, 15),
  data: fc.uint8Array({ maxLength: 300 }),
  later: fc.nat(100_000),
});
const input: fc.Arbitrary<BatchInput> = fc
  .record({
    kind: fc.constantFrom('output' as const, 'event' as const),
    epoch,
    first,
    start: time,
    parts: fc.array(chunk, { minLength: 1, maxLength: 12 }),
    command: fc.option(fc.stringMatching(/^[\x21-\x7e]{1,128}$/), { nil: undefined }),
    commandFirst: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  })
  .map(({ parts, start, command, commandFirst, ...rest }) => ({
    ...rest,
    ...(command === undefined ? {} : { command, commandFirst }),
    chunks: parts.map(({ stream, data, later }, index) => ({
      stream,
      data,
      time: start + (index === 0 ? 0 : later),
    })),
  }));

function read(bytes: Uint8Array, offset = 0): BatchHeader {
  const header = readBatch(bytes, offset);
  if (!header.ok) throw new Error(header.error.message);
  return header.value;
}
const E = EpochSchema.parse('00000000000000e1');
const text = (...texts: string[]): BatchInput => ({
  kind: 'output',
  epoch: E,
  first: 1,
  chunks: texts.map((part) => ({ stream: 0, data: new TextEncoder().encode(part), time: 1 })),
});

describe('batch', () => {
  it('[S12] what is encoded reads back: header, frames, bytes', () => {
    fc.assert(
      fc.property(input, (given) => {
        const bytes = encodeBatch(given);
        const header = read(bytes);
        const { chunks, command = '' } = given;
        expect(header).toMatchObject({
          kind: given.kind,
          epoch: given.epoch,
          first: given.first,
          last: given.first + chunks.length - 1,
          chunks: chunks.length,
          gzip: false,
          fetched: false,
          command,
          length: bytes.length,
          time: chunks[0]?.time,
        });
        expect([...framesOf(bytes, header)]).toEqual(
          chunks.map(({ stream, data, time: at }, index) => ({
            sequence: given.first + index,
            commandSequence: command === '' ? 0 : header.commandFirst + index,
            stream,
            data,
            time: at,
          })),
        );
      }),
    );
  });

  it('[S12] batches behind each other are found again, wherever in a buffer they are', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 6 }), fc.nat(50), (inputs, pad) => {
        const parts = inputs.map(encodeBatch);
        const size = parts.reduce((sum, part) => sum + part.length, 0);
        const blob = new Uint8Array(pad + size).subarray(pad);
        let at = 0;
        for (const part of parts) {
          blob.set(part, at);
          at += part.length;
        }
        const headers = [...batchesIn(blob)];
        expect(headers.map((header) => batchBytes(blob, header))).toEqual(parts);
        for (const [index, header] of headers.entries())
          expect([...framesOf(blob, header)].map(({ data }) => data)).toEqual(
            inputs[index]?.chunks.map(({ data }) => data),
          );
      }),
      { numRuns: 100 },
    );
  });

  it('[S1] distinguishes epochs that share a half, read one after the other', () => {
    const names = ['0000000100000002', '0000000100000003', '0000000400000003', '0000000100000002'];
    const told = names.map((name) => {
      const of = EpochSchema.parse(name);
      return read(encodeGap({ epoch: of, from: 1, to: 1, bytes: 0, time: 0 })).epoch;
    });
    expect(told).toEqual(names);
  });

  it('[S10] a gap reads back as the run of numbers it stands for', () => {
    fc.assert(
      fc.property(epoch, first, fc.nat(99_000), fc.nat(), time, (of, from, count, lost, at) => {
        const gap = { epoch: of, from, to: from + count, bytes: lost, time: at };
        expect(read(encodeGap(gap))).toMatchObject({
          kind: 'gap',
          epoch: of,
          first: from,
          last: from + count,
          chunks: 0,
          rawSize: lost,
          time: at,
        });
      }),
    );
    expect(() => encodeGap({ epoch: E, from: 2, to: 1, bytes: 0, time: 0 })).toThrow(RangeError);
  });

  it('[S12] whatever bytes come, reading answers and stays inside them', () => {
    const damaged = fc
      .tuple(input, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(400))
      .map(([given, edits, cut]) => {
        const bytes = encodeBatch(given);
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        return bytes.subarray(0, Math.max(0, bytes.length - (cut % 8 === 0 ? cut : 0)));
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        const header = readBatch(bytes);
        if (!header.ok) {
          expect(header.error.code).toBe('INVALID_MESSAGE');
          return;
        }
        expect(header.value.length).toBeLessThanOrEqual(bytes.length);
        expect(header.value.last).toBeGreaterThanOrEqual(header.value.first);
        if (header.value.gzip) return;
        const sum = [...framesOf(bytes, header.value)].reduce((total, { data }) => total + data.length, 0);
        expect(sum).toBe(header.value.kind === 'gap' ? 0 : header.value.rawSize);
      }),
      { numRuns: 3_000 },
    );
  });

  it('[S12] every cut-off batch is refused', () => {
    const bytes = encodeBatch({ ...text('hello', 'you'), command: 'c', commandFirst: 1 });
    for (let length = 0; length < bytes.length; length += 1)
      expect(readBatch(bytes.subarray(0, length)).ok).toBe(false);
  });

  it.each([
    ['version', 0, 9],
    ['kind', 1, 7],
    ['flags', 2, 0x80],
  ])('[S12] an unknown %s is refused', (_, at, value) => {
    const bytes = encodeBatch(text('x'));
    bytes[at] = value;
    expect(readBatch(bytes)).toMatchObject({ ok: false });
  });

  it('[S12] a command id that is not ASCII is refused, and is the caller’s fault', () => {
    const bytes = encodeBatch({ ...text('x'), command: 'c' });
    bytes[BATCH_HEADER_BYTES] = 0x80;
    expect(readBatch(bytes)).toMatchObject({ ok: false });
    expect(() => encodeBatch({ ...text('x'), command: 'é' })).toThrow(RangeError);
  });

  it('[S12] numbers beyond what can be counted are refused', () => {
    const bytes = encodeBatch(text('x'));
    new DataView(bytes.buffer).setBigUint64(16, 0n);
    expect(readBatch(bytes).ok).toBe(false);
    new DataView(bytes.buffer).setBigUint64(16, 2n ** 60n);
    expect(readBatch(bytes).ok).toBe(false);
    new DataView(bytes.buffer).setBigUint64(16, 1n);
    new DataView(bytes.buffer).setFloat64(32, Number.NaN);
    expect(readBatch(bytes).ok).toBe(false);
  });

  it('[S12] a batch holds 1 to 65,536 frames and at most 1 MiB, or is the caller’s fault', () => {
    const one = { stream: 0, data: new Uint8Array(0), time: 0 };
    const make = (chunks: BatchInput['chunks']) => encodeBatch({ ...text(), chunks });
    expect(() => make([])).toThrow(RangeError);
    expect(() => make(Array.from({ length: LIMITS.batchFrames + 1 }, () => one))).toThrow(RangeError);
    expect(() => make([{ ...one, data: new Uint8Array(LIMITS.batchRawBytes + 1) }])).toThrow(RangeError);
    const full = make(Array.from({ length: LIMITS.batchFrames }, () => one));
    expect(read(full).last).toBe(LIMITS.batchFrames);
    expect(() => encodeBatch({ ...text('x'), command: 'x'.repeat(129) })).toThrow(RangeError);
  });

  it('[S6] marks a copy as fetched and leaves the original', () => {
    const bytes = encodeBatch(text('x'));
    expect(read(asFetched(bytes)).fetched).toBe(true);
    expect(read(bytes).fetched).toBe(false);
    expect(batchBody(bytes, read(bytes))).toEqual(new TextEncoder().encode('x'));
    expect(bytes.length).toBe(BATCH_HEADER_BYTES + 8 + 1);
  });

  it('[S11] the text of a frame is a pure function of its bytes: what is no UTF-8 becomes U+FFFD', () => {
    expect(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
    expect(textOf(Uint8Array.of(0x61, 0xff, 0xc3))).toBe('a\ufffd\ufffd');
    fc.assert(fc.property(fc.uint8Array(), (bytes) => textOf(bytes) === textOf(bytes.slice())));
  });
});
