import { type WireError, wireError } from './errors.ts';
import { type Epoch, EpochSchema } from './ids.ts';
import { LIMITS } from './limits.ts';
import { err, ok, type Result } from './result.ts';

/**
 * S12, version 1. Everything numbered travels in these; the room reads the header and stores and
 * forwards the bytes unchanged. Big-endian.
 *
 * | at | bytes | what |
 * | --- | --- | --- |
 * | 0 | 1 | version |
 * | 1 | 1 | kind: 0 output, 1 event, 2 gap |
 * | 2 | 1 | flags: 1 gzip, 2 fetched |
 * | 3 | 1 | length of the command id, c |
 * | 4 | 4 | length of the whole batch |
 * | 8 | 8 | epoch |
 * | 16 | 8 | first sequence |
 * | 24 | 4 | chunks, n (0 in a gap) |
 * | 28 | 4 | raw size of the body |
 * | 32 | 8 | time of the first chunk, ms since 1970 (float64) |
 * | 40 | 4 | first per-command sequence (0 without command) |
 * | 44 | 4 | reserved, 0 |
 * | 48 | c | command id, ASCII |
 * | 48+c | 8n | chunk table: stream in the top 4 bits and length in the other 28; then ms after the first |
 * | 48+c+8n | … | body; of a gap: last sequence (8 bytes), bytes lost (8 bytes) |
 *
 * A chunk is a frame: it has one number. A gap stands for the frames first … last.
 */
export const BATCH_VERSION = 1;
export const BATCH_VERSIONS: readonly number[] = [BATCH_VERSION];
export const BATCH_HEADER_BYTES = 48;
const CHUNK_ENTRY_BYTES = 8;
const GAP_BODY_BYTES = 16;
const LENGTH_BITS = 28;
const LENGTH_MASK = (1 << LENGTH_BITS) - 1;

export type BatchKind = 'output' | 'event' | 'gap';
const KINDS: readonly BatchKind[] = ['output', 'event', 'gap'];

export const STREAM = { stdout: 0, stderr: 1 } as const;
export const FLAG = { gzip: 1, fetched: 2 } as const;

export interface BatchHeader {
  readonly version: number;
  readonly kind: BatchKind;
  readonly gzip: boolean;
  /** An answer to stream:fetch (S6); never stored again. */
  readonly fetched: boolean;
  readonly epoch: Epoch;
  /** Sequence of the first and of the last frame it stands for. */
  readonly first: number;
  readonly last: number;
  /** Entries of the chunk table. */
  readonly chunks: number;
  /** Bytes of the body before compression; of a gap, the bytes lost. */
  readonly rawSize: number;
  /** ms since 1970. */
  readonly time: number;
  readonly command: string;
  readonly commandFirst: number;
  /** Where the batch begins in the buffer it was read from, and its whole length. */
  readonly offset: number;
  readonly length: number;
}

export interface Chunk {
  readonly stream: number;
  readonly data: Uint8Array;
  /** ms since 1970. */
  readonly time: number;
}

export interface Frame extends Chunk {
  readonly sequence: number;
  /** Counted per command from 1; 0 without command. */
  readonly commandSequence: number;
}

export interface BatchInput {
  readonly kind: 'output' | 'event';
  readonly epoch: Epoch;
  readonly first: number;
  readonly chunks: readonly Chunk[];
  readonly command?: string;
  readonly commandFirst?: number;
}

/** One byte a character, so that its length in the header is its length as text. */
const isCommand = (command: string) => /^[\x21-\x7e]{0,128}$/.test(command);

const ascii = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function writeEpoch(view: DataView, epoch: Epoch): void {
  view.setUint32(8, Number.parseInt(epoch.slice(0, 8), 16));
  view.setUint32(12, Number.parseInt(epoch.slice(8), 16));
}

/** Remembers the last: one epoch heads thousands of batches, and to check its text costs more than all else here. */
function epochReader(): (view: DataView, offset: number) => Epoch {
  let last: { readonly high: number; readonly low: number; readonly epoch: Epoch } | null = null;
  return (view, offset) => {
    const high = view.getUint32(offset + 8);
    const low = view.getUint32(offset + 12);
    if (last?.high !== high || last.low !== low)
      last = { high, low, epoch: EpochSchema.parse(hex8(high) + hex8(low)) };
    return last.epoch;
  };
}
const readEpoch = epochReader();

const hex8 = (value: number) => value.toString(16).padStart(8, '0');

/**
 * Encodes frames of one kind and one command.
 * @throws RangeError when the input breaks S12's bounds: that is a fault of the caller, not of a peer.
 */
export function encodeBatch(input: BatchInput): Uint8Array<ArrayBuffer> {
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
  bytes[0] = BATCH_VERSION;
  bytes[1] = KINDS.indexOf(input.kind);
  bytes[3] = command.length;
  view.setUint32(4, bytes.length);
  writeEpoch(view, input.epoch);
  view.setBigUint64(16, BigInt(first));
  view.setUint32(24, chunks.length);
  view.setUint32(28, rawSize);
  view.setFloat64(32, time);
  view.setUint32(40, input.commandFirst ?? 0);
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
  bytes[0] = BATCH_VERSION;
  bytes[1] = KINDS.indexOf('gap');
  view.setUint32(4, bytes.length);
  writeEpoch(view, gap.epoch);
  view.setBigUint64(16, BigInt(gap.from));
  view.setFloat64(32, gap.time);
  view.setBigUint64(BATCH_HEADER_BYTES, BigInt(gap.to));
  view.setBigUint64(BATCH_HEADER_BYTES + 8, BigInt(gap.bytes));
  return bytes;
}

const refuse = (why: string): Result<never, WireError> => err(wireError('INVALID_MESSAGE', `batch: ${why}`));

/** Reads and checks the header of the batch at `offset`; the body is not looked at. */
export function readBatch(bytes: Uint8Array, offset = 0): Result<BatchHeader, WireError> {
  if (bytes.length - offset < BATCH_HEADER_BYTES) return refuse('shorter than its header');
  const view = viewOf(bytes);
  const version = view.getUint8(offset);
  if (!BATCH_VERSIONS.includes(version)) return refuse(`version ${version} is not known`);
  const kind = KINDS[view.getUint8(offset + 1)];
  if (kind === undefined) return refuse('kind is not known');
  const flags = view.getUint8(offset + 2);
  if ((flags & ~(FLAG.gzip | FLAG.fetched)) !== 0) return refuse('flags are not known');
  const commandLength = view.getUint8(offset + 3);
  const length = view.getUint32(offset + 4);
  const first = Number(view.getBigUint64(offset + 16));
  const chunks = view.getUint32(offset + 24);
  const tableEnd = BATCH_HEADER_BYTES + commandLength + chunks * CHUNK_ENTRY_BYTES;
  if (chunks > LIMITS.batchFrames) return refuse('too many chunks');
  if (length < tableEnd || offset + length > bytes.length) return refuse('length does not fit');
  const gzip = (flags & FLAG.gzip) !== 0;
  const sizes =
    kind === 'gap' ? gapSizes(view, offset, length, first, chunks) : tableSizes(view, offset, length, gzip);
  if (!sizes.ok) return sizes;
  const last = sizes.value.last ?? first + chunks - 1;
  if (first < 1 || !Number.isSafeInteger(last)) return refuse('sequence is out of range');
  const time = view.getFloat64(offset + 32);
  if (!Number.isFinite(time)) return refuse('time is not a number');
  const command =
    commandLength === 0
      ? ''
      : utf8.decode(bytes.subarray(offset + BATCH_HEADER_BYTES).subarray(0, commandLength));
  if (!isCommand(command)) return refuse('its command id is not ASCII');
  return ok({
    version,
    kind,
    gzip,
    fetched: (flags & FLAG.fetched) !== 0,
    epoch: readEpoch(view, offset),
    first,
    last,
    chunks,
    rawSize: sizes.value.rawSize,
    time,
    command,
    commandFirst: view.getUint32(offset + 40),
    offset,
    length,
  });
}

type Sizes = { readonly last?: number; readonly rawSize: number };

function gapSizes(
  view: DataView,
  offset: number,
  length: number,
  first: number,
  chunks: number,
): Result<Sizes, WireError> {
  const start = BATCH_HEADER_BYTES + view.getUint8(offset + 3);
  if (chunks !== 0 || length !== start + GAP_BODY_BYTES) return refuse('a gap has no chunks and 16 bytes');
  const last = Number(view.getBigUint64(offset + start));
  if (last < first) return refuse('a gap ends before it starts');
  return ok({ last, rawSize: Number(view.getBigUint64(offset + start + 8)) });
}

function tableSizes(view: DataView, offset: number, length: number, gzip: boolean): Result<Sizes, WireError> {
  const chunks = view.getUint32(offset + 24);
  const rawSize = view.getUint32(offset + 28);
  if (chunks === 0) return refuse('it has no chunks');
  if (rawSize > LIMITS.batchRawBytes) return refuse('its raw size is over 1 MiB');
  const table = offset + BATCH_HEADER_BYTES + view.getUint8(offset + 3);
  let sum = 0;
  for (let index = 0; index < chunks; index += 1) {
    sum += view.getUint32(table + index * CHUNK_ENTRY_BYTES) & LENGTH_MASK;
  }
  if (sum !== rawSize) return refuse('its chunks do not add up to its size');
  const body = offset + length - (table + chunks * CHUNK_ENTRY_BYTES);
  if (!gzip && body !== rawSize) return refuse('its body is not of its size');
  return ok({ rawSize });
}

/** The bytes of one batch as they were sent: a view, not a copy. */
export function batchBytes(bytes: Uint8Array, header: BatchHeader): Uint8Array {
  return bytes.subarray(header.offset, header.offset + header.length);
}

/** The body of a batch as it travels, compressed if `header.gzip`. */
export function batchBody(bytes: Uint8Array, header: BatchHeader): Uint8Array {
  const start = header.offset + BATCH_HEADER_BYTES + commandBytes(header) + header.chunks * CHUNK_ENTRY_BYTES;
  return bytes.subarray(start, header.offset + header.length);
}

const commandBytes = (header: BatchHeader) =>
  header.command === '' ? 0 : ascii.encode(header.command).length;

/**
 * The frames of an output or event batch. `raw` is the unpacked body where the batch is compressed.
 * The data are views into the buffer.
 */
export function* framesOf(
  bytes: Uint8Array,
  header: BatchHeader,
  raw?: Uint8Array,
): Generator<Frame, void, undefined> {
  const view = viewOf(bytes);
  const table = header.offset + BATCH_HEADER_BYTES + commandBytes(header);
  const body = raw ?? batchBody(bytes, header);
  let at = 0;
  for (let index = 0; index < header.chunks; index += 1) {
    const entry = table + index * CHUNK_ENTRY_BYTES;
    const word = view.getUint32(entry);
    const length = word & LENGTH_MASK;
    yield {
      sequence: header.first + index,
      commandSequence: header.command === '' ? 0 : header.commandFirst + index,
      stream: word >>> LENGTH_BITS,
      data: body.subarray(at, at + length),
      time: header.time + view.getUint32(entry + 4),
    };
    at += length;
  }
}

/** The batches of a blob that holds them one behind the other (a stored segment). Stops at the first that is not one. */
export function* batchesIn(bytes: Uint8Array): Generator<BatchHeader, void, undefined> {
  let offset = 0;
  while (offset < bytes.length) {
    const header = readBatch(bytes, offset);
    if (!header.ok) return;
    yield header.value;
    offset += header.value.length;
  }
}

/** A copy flagged as an answer to stream:fetch. */
export function asFetched(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[2] = (copy[2] ?? 0) | FLAG.fetched;
  return copy;
}

/** S11: the text of a frame, a pure function of its bytes; what is not UTF-8 becomes U+FFFD. */
export function textOf(data: Uint8Array): string {
  return utf8.decode(data);
}
