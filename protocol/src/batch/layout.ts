import { type Epoch, EpochSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';

/**
 * S12, version 1. Everything numbered travels in these, and the snapshots beside it (S14); the room reads the
 * header and stores and forwards the bytes unchanged. Big-endian.
 *
 * | at | bytes | what |
 * | --- | --- | --- |
 * | 0 | 1 | version |
 * | 1 | 1 | kind: 0 output, 1 event, 2 gap, 3 snapshot |
 * | 2 | 1 | flags: 1 gzip, 2 fetched |
 * | 3 | 1 | length of the command id, c (0 in a gap or snapshot) |
 * | 4 | 4 | length of the whole batch |
 * | 8 | 8 | epoch |
 * | 16 | 8 | first sequence; of a snapshot, the one it stands after |
 * | 24 | 4 | chunks, n (0 in a gap, 3 in a snapshot) |
 * | 28 | 4 | raw size of the body |
 * | 32 | 8 | time of the first chunk, ms since 1970 (float64) |
 * | 40 | 4 | first per-command sequence (0 without command) |
 * | 44 | 4 | of a snapshot, columns and rows of the terminal (2 bytes each); else reserved, 0 |
 * | 48 | c | command id, ASCII |
 * | 48+c | 8n | chunk table: stream in the top 4 bits and length in the other 28; then ms after the first |
 * | 48+c+8n | … | body; of a gap: last sequence (8 bytes), bytes lost (8 bytes) |
 *
 * A chunk is a frame: it has one number. A gap stands for the frames first … last. The chunks of a snapshot are
 * its parts and have no number of their own: screen, modes, pending bytes.
 */
export const BATCH_VERSION = 1;
export const BATCH_VERSIONS: readonly number[] = [BATCH_VERSION];
export const BATCH_HEADER_BYTES = 48;

export type BatchKind = 'output' | 'event' | 'gap' | 'snapshot';
export const KINDS: readonly BatchKind[] = ['output', 'event', 'gap', 'snapshot'];

/** `update`: a change of the conversation whose id stands in the place of the command's (C14). */
export const STREAM = { stdout: 0, stderr: 1, update: 2 } as const;
export const FLAG = { gzip: 1, fetched: 2 } as const;

export const AT = {
  version: 0,
  kind: 1,
  flags: 2,
  commandLength: 3,
  length: 4,
  epoch: 8,
  first: 16,
  chunks: 24,
  rawSize: 28,
  time: 32,
  commandFirst: 40,
  cols: 44,
  rows: 46,
} as const;
export const CHUNK_ENTRY_BYTES = 8;
export const GAP_BODY_BYTES = 16;
export const SNAPSHOT_PARTS = 3;
export const LENGTH_BITS = 28;
export const LENGTH_MASK = (1 << LENGTH_BITS) - 1;

export interface BatchHeader {
  readonly version: number;
  readonly kind: BatchKind;
  readonly gzip: boolean;
  /** An answer to stream:fetch (S6); never stored again. */
  readonly fetched: boolean;
  readonly epoch: Epoch;
  /** Sequence of the first and of the last frame it stands for; of a snapshot, both the one it stands after. */
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

/** One byte a character, so that its length in the header is its length as text. */
export const isCommand = (command: string) => /^[\x21-\x7e]{0,128}$/.test(command);

const isCells = (cells: number) => Number.isInteger(cells) && cells >= 1 && cells <= LIMITS.terminalCells;
export const isTerminalSize = (cols: number, rows: number) => isCells(cols) && isCells(rows);

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function writeEpoch(view: DataView, epoch: Epoch): void {
  view.setUint32(AT.epoch, Number.parseInt(epoch.slice(0, 8), 16));
  view.setUint32(AT.epoch + 4, Number.parseInt(epoch.slice(8), 16));
}

/** Remembers the last: one epoch heads thousands of batches, and to check its text costs more than all else here. */
function epochReader(): (view: DataView, offset: number) => Epoch {
  let last: { readonly high: number; readonly low: number; readonly epoch: Epoch } | null = null;
  return (view, offset) => {
    const high = view.getUint32(offset + AT.epoch);
    const low = view.getUint32(offset + AT.epoch + 4);
    if (last?.high !== high || last.low !== low)
      last = { high, low, epoch: EpochSchema.parse(hex8(high) + hex8(low)) };
    return last.epoch;
  };
}
export const readEpoch = epochReader();

const hex8 = (value: number) => value.toString(16).padStart(8, '0');
