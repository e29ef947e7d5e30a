import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import {
  asFetched,
  type BatchHeader,
  batchBody,
  type Chunk,
  EpochSchema,
  encodeBatch,
  encodeEvent,
  encodeGap,
  encodeSnapshot,
  framesOf,
  isPacked,
  LIMITS,
  PACK_BYTES,
  packBatch,
  readBatch,
  unpack,
  withBody,
} from '../../src/index.ts';

const E = EpochSchema.parse('00000000000000e1');

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
function read(bytes: Uint8Array, offset = 0): BatchHeader {
  const header = readBatch(bytes, offset);
  if (!header.ok) throw new Error(header.error.message);
  return header.value;
}
const output = (chunks: readonly Chunk[], first = 1) =>
  encodeBatch({ kind: 'output', epoch: E, first, chunks });
const zeros = (length: number) => output([{ stream: 0, data: new Uint8Array(length), time: 1 }]);

/** As the keeper sends it, if it pays. */
async function packed(bytes: Uint8Array): Promise<Uint8Array> {
  const header = read(bytes);
  const body = await gzip(batchBody(bytes, header));
  return packBatch(bytes, header, () => body);
}
/** A batch that says it has this raw size, with a body that may be a lie. */
const lie = (rawSize: number, body: Uint8Array) => {
  const bytes = zeros(rawSize);
  return withBody(bytes, read(bytes), body, true);
};
const refused = { ok: false, error: { code: 'INVALID_MESSAGE' } };

const chunks = fc.array(
  fc.record({
    stream: fc.constantFrom(0, 1),
    data: fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(10_000))
      .map(([part, length]) => new Uint8Array(length).map((_, at) => part[at % part.length] ?? 0)),
    time: fc.constant(7),
  }),
  { minLength: 1, maxLength: 20 },
);

describe('a packed batch', () => {
  it('[S12] unpacks to the same frames, whatever they are, where it begins in a message', async () => {
    let smaller = 0;
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat(9), async (parts, before) => {
        const bytes = output(parts, 5);
        const sent = await packed(bytes);
        const message = new Uint8Array(before + sent.length + 3);
        message.set(sent, before);
        const header = read(message, before);
        const raw = await unpack(header, message);
        if (!raw.ok) throw new Error(raw.error.message);
        expect([...framesOf(message, header, raw.value)]).toEqual([...framesOf(bytes, read(bytes))]);
        expect(isPacked(withBody(message, header, raw.value, false))).toBe(false);
        expect(isPacked(sent)).toBe(header.gzip);
        expect(sent.length).toBeLessThanOrEqual(bytes.length);
        if (header.gzip) smaller += 1;
      }),
      { numRuns: 60 },
    );
    expect(smaller).toBeGreaterThan(10);
  });

  it('[S12] is made only of output and snapshots over 10 KiB that loses a tenth of it', async () => {
    const small = zeros(PACK_BYTES - 56);
    expect(small).toHaveLength(PACK_BYTES);
    expect(isPacked(await packed(small))).toBe(false);
    expect(isPacked(await packed(zeros(PACK_BYTES - 55)))).toBe(true);
    const noise = crypto.getRandomValues(new Uint8Array(20_000));
    expect(isPacked(await packed(output([{ stream: 0, data: noise, time: 1 }])))).toBe(false);
    const reason = 'x'.repeat(20_000);
    const event = encodeEvent(E, 1, { type: 'program:status', status: 'running', reason }, 1);
    expect(isPacked(await packed(event))).toBe(false);
    const gap = encodeGap({ epoch: E, from: 1, to: 2, bytes: 20_000, time: 1 });
    expect(isPacked(await packed(gap))).toBe(false);
    const part = new Uint8Array(20_000);
    const size = { cols: 80, rows: 24 };
    const screen = { epoch: E, sequence: 7, ...size, data: part, modes: part, pending: part };
    expect(isPacked(await packed(encodeSnapshot(screen, 1)))).toBe(true);
    const once = await packed(zeros(50_000));
    expect(await packed(once)).toEqual(once);
  });

  it('[S6] stays packed when it answers a fetch', async () => {
    const sent = asFetched(await packed(zeros(50_000)));
    const header = read(sent);
    expect(header).toMatchObject({ gzip: true, fetched: true });
    expect(await unpack(header, sent)).toMatchObject({ ok: true });
  });

  it('[S12] is found among others in a message', async () => {
    const message = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));
    const sent = await packed(zeros(20_000));
    expect(isPacked(message(zeros(10), zeros(300)))).toBe(false);
    expect(isPacked(message(zeros(10), sent))).toBe(true);
    expect(isPacked(new Uint8Array(200))).toBe(false);
  });
});

describe('a body that lies', () => {
  it.each([
    ['is smaller than its size', 50_000, 49_999],
    ['is larger than its size', 50_000, 50_001],
    ['is not to be empty', 50_000, 0],
    ['is to be empty', 0, 1],
    ['is a bomb', 50_000, 300_000_000],
    ['is over the limit', LIMITS.batchRawBytes, LIMITS.batchRawBytes + 1],
  ])('[S12] %s: refused', async (_how, rawSize, size) => {
    const bytes = lie(rawSize, await gzip(new Uint8Array(size)));
    expect(await unpack(read(bytes), bytes)).toMatchObject(refused);
  });

  it('[S12] that is cut off or was changed anywhere is refused, or unpacks to the size it tells', async () => {
    const body = await gzip(new TextEncoder().encode('a line of the log\r\n'.repeat(2_000)));
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const cut = lie(38_000, body.slice(0, at));
        expect(await unpack(read(cut), cut)).toMatchObject(refused);
        const changed = lie(38_000, body.slice());
        const place = changed.length - body.length + at;
        changed[place] = (changed[place] ?? 0) ^ mask;
        const raw = await unpack(read(changed), changed);
        if (raw.ok) expect(raw.value).toHaveLength(38_000);
      }),
    );
  });

  it('[S12] of anything that is not gzip is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (body) => {
        const bytes = lie(100, body);
        expect(await unpack(read(bytes), bytes)).toMatchObject(refused);
      }),
    );
  });

  it('[S12] has a raw size of at most 1 MiB, in the header already', () => {
    const bytes = zeros(100);
    new DataView(bytes.buffer).setUint32(28, LIMITS.batchRawBytes + 1);
    expect(readBatch(bytes)).toMatchObject(refused);
  });
});
