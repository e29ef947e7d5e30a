import { describe, expect, it } from 'vitest';
import fc from '../../test/harness/fast-check.ts';
import {
  batchBody,
  EpochSchema,
  encodeBatch,
  encodeSnapshot,
  LIMITS,
  packBatch,
  readBatch,
  type Snapshot,
  snapshotOf,
  unpack,
} from '../src/index.ts';

const E = EpochSchema.parse('00000000000000e1');
const size = fc.integer({ min: 1, max: LIMITS.terminalCells });
const part = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(5_000))
  .map(([bytes, length]) => new Uint8Array(length).map((_, at) => bytes[at % bytes.length] ?? 0));
const snapshots: fc.Arbitrary<Snapshot> = fc.record({
  epoch: fc.constant(E),
  sequence: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
  cols: size,
  rows: size,
  data: part,
  modes: part,
  pending: part,
});
const SMALL: Snapshot = {
  epoch: E,
  sequence: 7,
  cols: 80,
  rows: 24,
  data: Uint8Array.of(1, 2),
  modes: Uint8Array.of(3),
  pending: Uint8Array.of(),
};

const gzip = async (bytes: Uint8Array) => {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
function headerOf(bytes: Uint8Array) {
  const header = readBatch(bytes);
  if (!header.ok) throw new Error(header.error.message);
  return header.value;
}
const refused = { ok: false, error: { code: 'INVALID_MESSAGE' } };

describe('snapshot', () => {
  it('[S14] comes through a batch unchanged, packed or not, and has one number', async () => {
    await fc.assert(
      fc.asyncProperty(snapshots, fc.nat(4e9), async (given, time) => {
        const bytes = encodeSnapshot(given, time);
        const header = headerOf(bytes);
        const { sequence } = given;
        expect(header).toMatchObject({ kind: 'snapshot', epoch: E, first: sequence, last: sequence, time });
        expect(snapshotOf(bytes, header)).toEqual({ ok: true, value: given });
        const body = await gzip(batchBody(bytes, header));
        const sent = packBatch(bytes, header, () => body);
        const raw = await unpack(headerOf(sent), sent);
        expect(raw.ok && snapshotOf(sent, headerOf(sent), raw.value)).toEqual({ ok: true, value: given });
      }),
      { numRuns: 60 },
    );
  });

  it('[S14] is at most 1 MiB as a message, and of a size that a terminal can have', () => {
    const room = LIMITS.messageBytes - encodeSnapshot({ ...SMALL, data: new Uint8Array(0) }, 1).length;
    expect(encodeSnapshot({ ...SMALL, data: new Uint8Array(room) }, 1)).toHaveLength(LIMITS.messageBytes);
    expect(() => encodeSnapshot({ ...SMALL, data: new Uint8Array(room + 1) }, 1)).toThrow(RangeError);
    for (const cells of [0, -1, 1.5, Number.NaN, LIMITS.terminalCells + 1]) {
      expect(() => encodeSnapshot({ ...SMALL, cols: cells }, 1)).toThrow(RangeError);
      expect(() => encodeSnapshot({ ...SMALL, rows: cells }, 1)).toThrow(RangeError);
    }
  });

  it.each([
    ['another size', 44, 0xffff],
    ['no rows', 46, 0],
  ])('[S14] with %s is refused where it is read', (_what, at, value) => {
    const bytes = encodeSnapshot(SMALL, 1);
    new DataView(bytes.buffer).setUint16(at, value);
    expect(readBatch(bytes)).toMatchObject(refused);
  });

  it('[S14] of another number of parts is refused, and what is none is not read as one', async () => {
    const chunks = ['a', 'b'].map((text) => ({ stream: 0, data: new TextEncoder().encode(text), time: 1 }));
    const two = encodeBatch({ kind: 'output', epoch: E, first: 1, chunks });
    expect(snapshotOf(two, headerOf(two))).toMatchObject(refused);
    two[1] = 3;
    expect(readBatch(two)).toMatchObject(refused);
    const big = encodeSnapshot({ ...SMALL, data: new Uint8Array(20_000) }, 1);
    const body = await gzip(batchBody(big, headerOf(big)));
    const packed = packBatch(big, headerOf(big), () => body);
    expect(snapshotOf(packed, headerOf(packed))).toMatchObject(refused);
  });
});
