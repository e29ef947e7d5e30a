import { type WireError, wireError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';
import { AT, BATCH_HEADER_BYTES, type BatchHeader, FLAG } from './layout.ts';
import { batchBody, batchBytes } from './read.ts';

/** S12: a batch of at most this many bytes is never compressed: it is small, or somebody waits for it. */
export const PACK_BYTES = 10 * 1024;
/** S12: … and one is only where that leaves less than this part of its body. */
export const PACK_RATIO = 0.9;
/**
 * Given to the decompressor at a time, bytes. It may unpack all it is given before it is asked again, and deflate
 * makes at most 1,032 bytes of one: so a bomb is found out with 8 MiB of it in memory.
 */
const SLICE_BYTES = 8 * 1024;

/**
 * S12: the batch with its body compressed by `gzip`; the batch itself where that does not pay. Only output and
 * snapshots ever are.
 */
export function packBatch(
  bytes: Uint8Array,
  header: BatchHeader,
  gzip: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  const batch = batchBytes(bytes, header);
  const packable = header.kind === 'output' || header.kind === 'snapshot';
  if (!packable || header.gzip || header.length <= PACK_BYTES) return batch;
  const packed = gzip(batchBody(bytes, header));
  return packed.length < header.rawSize * PACK_RATIO ? withBody(bytes, header, packed, true) : batch;
}

/** A copy of the batch with another body; header and chunk table tell the same frames. */
export function withBody(
  bytes: Uint8Array,
  header: BatchHeader,
  body: Uint8Array,
  gzip: boolean,
): Uint8Array<ArrayBuffer> {
  const batch = batchBytes(bytes, header);
  const head = batch.length - batchBody(bytes, header).length;
  const copy = new Uint8Array(head + body.length);
  copy.set(batch.subarray(0, head));
  copy.set(body, head);
  copy[AT.flags] = ((copy[AT.flags] ?? 0) & ~FLAG.gzip) | (gzip ? FLAG.gzip : 0);
  new DataView(copy.buffer).setUint32(AT.length, copy.length);
  return copy;
}

/** Whether a batch of this message says that it is compressed. Looks no further: the message may still be none. */
export function isPacked(message: Uint8Array): boolean {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  for (let at = 0; at + BATCH_HEADER_BYTES <= message.length; at += view.getUint32(at + AT.length)) {
    if ((view.getUint8(at + AT.flags) & FLAG.gzip) !== 0) return true;
    if (view.getUint32(at + AT.length) < BATCH_HEADER_BYTES) return false;
  }
  return false;
}

const refuse = (why: string): Result<never, WireError> =>
  err(wireError('INVALID_MESSAGE', `The batch ${why}`));

/**
 * S12: the body of a batch as it was before compression, as `framesOf` takes it. A body that is not of the size its
 * header tells is INVALID_MESSAGE, and one that is larger is not unpacked to its end.
 */
export async function unpack(header: BatchHeader, bytes: Uint8Array): Promise<Result<Uint8Array, WireError>> {
  const body = batchBody(bytes, header);
  if (!header.gzip) return ok(body);
  const raw = new Uint8Array(header.rawSize);
  const stream = new DecompressionStream('gzip');
  const feeding = feed(stream, body);
  const reader = stream.readable.getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > raw.length) throw new RangeError('it is larger');
      raw.set(value, at);
      at += value.length;
    }
  } catch {
    await reader.cancel().catch(ignored);
    return refuse('cannot be unpacked to its size');
  } finally {
    await feeding;
  }
  return at === raw.length ? ok(raw) : refuse('is smaller than it says');
}

/** Rejections of the writing half say nothing that the reading half does not. */
async function feed({ writable }: DecompressionStream, body: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  try {
    for (let at = 0; at < body.length; at += SLICE_BYTES) {
      await writer.write(new Uint8Array(body.subarray(at, at + SLICE_BYTES)));
    }
    await writer.close();
  } catch {
    writer.closed.catch(ignored);
  }
}

const ignored = () => {};
