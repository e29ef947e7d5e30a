import {
  type BatchHeader,
  err,
  ok,
  type Result,
  readBatch,
  type WireError,
  wireError,
} from '@muster/protocol';

/**
 * The batches of one binary message, which holds one or more behind each other. All are good or the message
 * is refused: a reader that skipped a bad one would take what follows for a hole.
 */
export function readBatches(bytes: Uint8Array): Result<readonly BatchHeader[], WireError> {
  const headers: BatchHeader[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const header = readBatch(bytes, offset);
    if (!header.ok) return header;
    // Asked for by no one yet: a room sends what its keeper was told to write, and that is not compressed.
    if (header.value.gzip) return err(wireError('INVALID_MESSAGE', 'batch: compression is not spoken here'));
    headers.push(header.value);
    offset += header.value.length;
  }
  return ok(headers);
}
