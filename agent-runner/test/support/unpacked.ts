import { gunzipSync } from 'node:zlib';
import { batchBody, batchBytes, batchesIn, withBody } from '@muster/protocol';

/** The batches of a message as they were before compression (S12), at once. */
export function unpacked(message: Uint8Array): Uint8Array[] {
  return [...batchesIn(message)].map((header) =>
    header.gzip
      ? withBody(message, header, gunzipSync(batchBody(message, header)), false)
      : batchBytes(message, header),
  );
}
