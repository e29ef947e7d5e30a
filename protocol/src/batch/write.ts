import type { Epoch } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import {
  AT,
  BATCH_HEADER_BYTES,
  BATCH_VERSION,
  type BatchKind,
  CHUNK_ENTRY_BYTES,
  type Chunk,
  FLAG,
  GAP_BODY_BYTES,
  isCommand,
  KINDS,
  LENGTH_BITS,
  viewOf,
  writeEpoch,
} from './layout.ts';

export interface BatchInput {
  readonly kind: 'output' | 'event';
  readonly epoch: Epoch;
  readonly first: number;
  readonly chunks: readonly Chunk[];
  readonly command?: string;
  readonly commandFirst?: number;
}

const ascii = new TextEncoder();

/**
 * Encodes frames of one kind and one command.
 * @throws RangeError when the input breaks S12's bounds: that is a fault of the caller, not of a peer.
 */
export function encodeBatch(input: BatchInput): Uint8Array<ArrayBuffer> {
  return encodeChunks(input);
}

/** `encodeBatch` for any kind that has chunks. @throws RangeError as that does. */
export function encodeChunks(
  input: Omit<BatchInput, 'kind'> & { readonly kind: Exclude<BatchKind, 'gap'> },
): Uint8Array<ArrayBuffer> {
  const { chunks, first } = input;
  const command = ascii.encode(input.command ?? '');
  const rawSize = chunks.reduce((sum, chunk) => sum + chunk.data.length, 0);
  if (chunks.length === 0 || chunks.length > LIMITS.batchFrames)
    throw new RangeError('a batch has 1 to 65,536 chunks');
  if (rawSize > LIMITS.batchRawBytes) throw new RangeError('a batch holds at most 1 MiB');
  if (!isCommand(input.command ?? '')) throw new RangeError('a command id is at most 128 of ASCII');

  const table = BATCH_HEADER_BYTES + command.length;
  const body = table + chunks.length * CHUNK_ENTRY_BYTES;
  const bytes = new Uint8Array(body + rawSize);
  const view = viewOf(bytes);
  const time = chunks[0]?.time ?? 0;
  bytes[AT.version] = BATCH_VERSION;
  bytes[AT.kind] = KINDS.indexOf(input.kind);
  bytes[AT.commandLength] = command.length;
  view.setUint32(AT.length, bytes.length);
  writeEpoch(view, input.epoch);
  view.setBigUint64(AT.first, BigInt(first));
  view.setUint32(AT.chunks, chunks.length);
  view.setUint32(AT.rawSize, rawSize);
  view.setFloat64(AT.time, time);
  view.setUint32(AT.commandFirst, input.commandFirst ?? 0);
  bytes.set(command, BATCH_HEADER_BYTES);
  let entry = table;
  let at = body;
  for (const chunk of chunks) {
    view.setUint32(entry, ((chunk.stream << LENGTH_BITS) | chunk.data.length) >>> 0);
    view.setUint32(entry + 4, Math.min(Math.max(0, Math.round(chunk.time - time)), 0xffff_ffff));
    bytes.set(chunk.data, at);
    entry += CHUNK_ENTRY_BYTES;
    at += chunk.data.length;
  }
  return bytes;
}

/** S10: the frames `from` … `to` are lost, `bytes` of output with them. */
export function encodeGap(gap: {
  readonly epoch: Epoch;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly time: number;
}): Uint8Array<ArrayBuffer> {
  if (gap.to < gap.from) throw new RangeError('a gap ends where it starts or later');
  const bytes = new Uint8Array(BATCH_HEADER_BYTES + GAP_BODY_BYTES);
  const view = viewOf(bytes);
  bytes[AT.version] = BATCH_VERSION;
  bytes[AT.kind] = KINDS.indexOf('gap');
  view.setUint32(AT.length, bytes.length);
  writeEpoch(view, gap.epoch);
  view.setBigUint64(AT.first, BigInt(gap.from));
  view.setFloat64(AT.time, gap.time);
  view.setBigUint64(BATCH_HEADER_BYTES, BigInt(gap.to));
  view.setBigUint64(BATCH_HEADER_BYTES + 8, BigInt(gap.bytes));
  return bytes;
}

/** A copy flagged as an answer to stream:fetch. */
export function asFetched(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[AT.flags] = (copy[AT.flags] ?? 0) | FLAG.fetched;
  return copy;
}
