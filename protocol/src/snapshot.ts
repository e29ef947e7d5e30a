import { AT, type BatchHeader, isTerminalSize, viewOf } from './batch/layout.ts';
import { batchBytes, framesOf } from './batch/read.ts';
import { encodeChunks } from './batch/write.ts';
import { type WireError, wireError } from './errors.ts';
import type { Epoch } from './ids.ts';
import { LIMITS } from './limits.ts';
import { err, ok, type Result } from './result.ts';

/**
 * S14: a terminal as it is when `sequence` was read. Writing data, modes and pending, in this order, to a
 * fresh terminal of that size, and then all that comes after `sequence`, gives the screen of a viewer that saw it all.
 */
export interface Snapshot {
  readonly epoch: Epoch;
  readonly sequence: number;
  /** Cells. */
  readonly cols: number;
  readonly rows: number;
  /** Screen and scrollback. */
  readonly data: Uint8Array;
  /** State beside the screen's contents: scroll region, charsets, saved cursor, tab stops and the like. */
  readonly modes: Uint8Array;
  /** Bytes since the parser was last in ground state: the beginning of a sequence, or of a character. */
  readonly pending: Uint8Array;
}

/**
 * A batch of kind `snapshot`, not compressed; `packBatch` does that. `time`: ms since 1970.
 * @throws RangeError when it is over 1 MiB as a message or its size is no terminal's: a fault of the caller.
 */
export function encodeSnapshot(snapshot: Snapshot, time: number): Uint8Array<ArrayBuffer> {
  const { epoch, sequence, cols, rows, data, modes, pending } = snapshot;
  if (!isTerminalSize(cols, rows)) throw new RangeError('a terminal has 1 to 1,000 columns and rows');
  const chunks = [data, modes, pending].map((part) => ({ stream: 0, data: part, time }));
  const bytes = encodeChunks({ kind: 'snapshot', epoch, first: sequence, chunks });
  if (bytes.length > LIMITS.messageBytes) throw new RangeError('a snapshot is at most 1 MiB');
  const view = viewOf(bytes);
  view.setUint16(AT.cols, cols);
  view.setUint16(AT.rows, rows);
  return bytes;
}

/** The snapshot in a batch of that kind. `raw`: the unpacked body where it is compressed. The parts are views. */
export function snapshotOf(
  bytes: Uint8Array,
  header: BatchHeader,
  raw?: Uint8Array,
): Result<Snapshot, WireError> {
  if (header.kind !== 'snapshot') return refuse('is of another kind');
  if (header.gzip && raw?.length !== header.rawSize) return refuse('is not unpacked');
  const view = viewOf(batchBytes(bytes, header));
  const size = { cols: view.getUint16(AT.cols), rows: view.getUint16(AT.rows) };
  const [data, modes, pending] = [...framesOf(bytes, header, raw)].map((part) => part.data);
  if (data === undefined || modes === undefined || pending === undefined)
    return refuse('does not have 3 parts');
  return ok({ epoch: header.epoch, sequence: header.last, ...size, data, modes, pending });
}

const refuse = (why: string): Result<never, WireError> =>
  err(wireError('INVALID_MESSAGE', `The snapshot ${why}`));
