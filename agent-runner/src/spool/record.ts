import { crc32 } from 'node:zlib';
import { type BatchHeader, LIMITS, readBatch } from '@muster/protocol';

/**
 * One batch in a segment: its length and the CRC-32 of its bytes (4 bytes each, big-endian), then the
 * batch. A record that was only partly written is found by either.
 */
export const RECORD_HEADER_BYTES = 8;
/** The longest batch: a full body, its chunk table and its header, bytes. */
const LONGEST_BATCH = LIMITS.batchRawBytes + LIMITS.batchFrames * 8 + 256;
/** Read from the volume at a time, bytes. */
const WINDOW_BYTES = 512 * 1024;

export interface SpoolRecord {
  readonly batch: Uint8Array;
  readonly header: BatchHeader;
  /** Where the record begins and ends in its segment. */
  readonly start: number;
  readonly end: number;
}

/** The bytes that go before a batch. */
export function recordHeader(batch: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, batch.length);
  view.setUint32(4, crc32(batch));
  return bytes;
}

type Read = (offset: number, length: number) => Uint8Array;

/** The records of a segment from `start` on. Returns how it ended: at the end of the file, or at something that is no record. */
export function* recordsIn(read: Read, start = 0): Generator<SpoolRecord, 'end' | 'damaged', undefined> {
  let at = start;
  let base = start;
  let window: Uint8Array = new Uint8Array();
  for (;;) {
    let record = recordAt(window, at - base);
    if (record === 'more') {
      base = at;
      window = read(base, WINDOW_BYTES);
      if (window.length === 0) return 'end';
      const length = lengthAt(window, 0);
      if (length !== null && length + RECORD_HEADER_BYTES > window.length && length <= LONGEST_BATCH) {
        window = read(base, length + RECORD_HEADER_BYTES);
      }
      record = recordAt(window, 0);
    }
    if (record === 'more' || record === 'damaged') return 'damaged';
    const end = at + RECORD_HEADER_BYTES + record.batch.length;
    yield { ...record, start: at, end };
    at = end;
  }
}

function lengthAt(window: Uint8Array, at: number): number | null {
  if (window.length - at < RECORD_HEADER_BYTES) return null;
  return new DataView(window.buffer, window.byteOffset, window.byteLength).getUint32(at);
}

function recordAt(
  window: Uint8Array,
  at: number,
): { readonly batch: Uint8Array; readonly header: BatchHeader } | 'more' | 'damaged' {
  const length = lengthAt(window, at);
  if (length === null) return 'more';
  if (length === 0 || length > LONGEST_BATCH) return 'damaged';
  const from = at + RECORD_HEADER_BYTES;
  if (from + length > window.length) return 'more';
  const batch = window.subarray(from, from + length);
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
  if (crc32(batch) !== view.getUint32(at + 4)) return 'damaged';
  const header = readBatch(batch);
  return header.ok && header.value.length === length ? { batch, header: header.value } : 'damaged';
}
