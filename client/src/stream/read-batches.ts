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
 * The batches of what an inbox hands on, which holds one or more behind each other. All are good or the message
 * is refused: a reader that skipped a bad one would take what follows for a hole.
 */
export function readBatches(bytes: Uint8Array): Result<readonly BatchHeader[], WireError> {
  const headers: BatchHeader[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const header = readBatch(bytes, offset);
    if (!header.ok) return header;
    // The inbox unpacks what can be unpacked.
    if (header.value.gzip) return err(wireError('INVALID_MESSAGE', 'The batch cannot be unpacked'));
    headers.push(header.value);
    offset += header.value.length;
  }
  return ok(headers);
}
