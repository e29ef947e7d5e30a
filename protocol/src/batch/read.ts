import { type WireError, wireError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { err, ok, type Result } from '../result.ts';
import {
  AT,
  BATCH_HEADER_BYTES,
  BATCH_VERSIONS,
  type BatchHeader,
  CHUNK_ENTRY_BYTES,
  FLAG,
  type Frame,
  GAP_BODY_BYTES,
  isCommand,
  isTerminalSize,
  KINDS,
  LENGTH_BITS,
  LENGTH_MASK,
  readEpoch,
  SNAPSHOT_PARTS,
  viewOf,
} from './layout.ts';

const utf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

const refuse = (why: string): Result<never, WireError> =>
  err(wireError('INVALID_MESSAGE', `The batch ${why}`));

/** Reads and checks the header of the batch at `offset`; the body is not looked at. */
export function readBatch(bytes: Uint8Array, offset = 0): Result<BatchHeader, WireError> {
  if (bytes.length - offset < BATCH_HEADER_BYTES) return refuse('is shorter than its header');
  const view = viewOf(bytes);
  const version = view.getUint8(offset);
  if (!BATCH_VERSIONS.includes(version)) return refuse(`has the version ${version}, which is not known`);
  const kind = KINDS[view.getUint8(offset + AT.kind)];
  if (kind === undefined) return refuse('is of a kind that is not known');
  const flags = view.getUint8(offset + AT.flags);
  if ((flags & ~(FLAG.gzip | FLAG.fetched)) !== 0) return refuse('has flags that are not known');
  const commandLength = view.getUint8(offset + AT.commandLength);
  const length = view.getUint32(offset + AT.length);
  const first = Number(view.getBigUint64(offset + AT.first));
  const chunks = view.getUint32(offset + AT.chunks);
  const tableEnd = BATCH_HEADER_BYTES + commandLength + chunks * CHUNK_ENTRY_BYTES;
  if (chunks > LIMITS.batchFrames) return refuse('has too many chunks');
  if (length < tableEnd || offset + length > bytes.length) return refuse('does not fit its length');
  const gzip = (flags & FLAG.gzip) !== 0;
  const sizes =
    kind === 'gap' ? gapSizes(view, offset, length, first, chunks) : tableSizes(view, offset, length, gzip);
  if (!sizes.ok) return sizes;
  const isSnapshot = kind === 'snapshot';
  if (isSnapshot && !fitsSnapshot(view, offset))
    return refuse('is no snapshot: those have 3 chunks, no command, a terminal’s size and at most 1 MiB');
  const last = sizes.value.last ?? (isSnapshot ? first : first + chunks - 1);
  if (first < 1 || !Number.isSafeInteger(last)) return refuse('has a sequence out of range');
  const time = view.getFloat64(offset + AT.time);
  if (!Number.isFinite(time)) return refuse('has a time that is no number');
  const command =
    commandLength === 0
      ? ''
      : utf8.decode(bytes.subarray(offset + BATCH_HEADER_BYTES).subarray(0, commandLength));
  if (!isCommand(command)) return refuse('has a command id that is not ASCII');
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
    commandFirst: view.getUint32(offset + AT.commandFirst),
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
  const start = BATCH_HEADER_BYTES + view.getUint8(offset + AT.commandLength);
  if (chunks !== 0 || length !== start + GAP_BODY_BYTES)
    return refuse('is no gap: those have no chunks and 16 bytes');
  const last = Number(view.getBigUint64(offset + start));
  if (last < first) return refuse('is a gap that ends before it starts');
  return ok({ last, rawSize: Number(view.getBigUint64(offset + start + 8)) });
}

function tableSizes(view: DataView, offset: number, length: number, gzip: boolean): Result<Sizes, WireError> {
  const chunks = view.getUint32(offset + AT.chunks);
  const rawSize = view.getUint32(offset + AT.rawSize);
  if (chunks === 0) return refuse('has no chunks');
  if (rawSize > LIMITS.batchRawBytes) return refuse('is over 1 MiB when unpacked');
  const table = offset + BATCH_HEADER_BYTES + view.getUint8(offset + AT.commandLength);
  let sum = 0;
  for (let index = 0; index < chunks; index += 1) {
    sum += view.getUint32(table + index * CHUNK_ENTRY_BYTES) & LENGTH_MASK;
  }
  if (sum !== rawSize) return refuse('has chunks that do not add up to its size');
  const body = offset + length - (table + chunks * CHUNK_ENTRY_BYTES);
  if (!gzip && body !== rawSize) return refuse('has a body that is not of its size');
  return ok({ rawSize });
}

/** S14: checked here, so that a room keeps none that no viewer could read. */
const fitsSnapshot = (view: DataView, offset: number) =>
  view.getUint32(offset + AT.chunks) === SNAPSHOT_PARTS &&
  view.getUint8(offset + AT.commandLength) === 0 &&
  view.getUint32(offset + AT.length) <= LIMITS.messageBytes &&
  isTerminalSize(view.getUint16(offset + AT.cols), view.getUint16(offset + AT.rows));

/** The bytes of one batch as they were sent: a view, not a copy. */
export function batchBytes(bytes: Uint8Array, header: BatchHeader): Uint8Array {
  return bytes.subarray(header.offset, header.offset + header.length);
}

/** The body of a batch as it travels, compressed if `header.gzip`. */
export function batchBody(bytes: Uint8Array, header: BatchHeader): Uint8Array {
  const start = header.offset + BATCH_HEADER_BYTES + commandBytes(header) + header.chunks * CHUNK_ENTRY_BYTES;
  return bytes.subarray(start, header.offset + header.length);
}

/** It is ASCII. */
const commandBytes = (header: BatchHeader) => header.command.length;

/**
 * The frames of an output or event batch, and the parts of a snapshot. `raw` is the unpacked body where the batch is compressed.
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

/** S11: the text of a frame, a pure function of its bytes; what is not UTF-8 becomes U+FFFD. */
export function textOf(data: Uint8Array): string {
  return utf8.decode(data);
}
