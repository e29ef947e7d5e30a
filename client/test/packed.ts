import { gzipSync } from 'node:zlib';
import { batchBody, type Epoch, encodeBatch, readBatch, withBody } from '@muster/protocol';

const LINE = 'a line of a log that says much the same as the last one\n';

/** One frame's text, long enough to be compressed. */
export const longText = (sequence: number) => `${sequence}: ${LINE.repeat(200)}`.slice(0, 10_240);

/** Output frames of 10 KiB each, as they come from a keeper on a slow link, or on another one. */
export function longBatch(epoch: Epoch, first: number, count: number, packed: boolean): Uint8Array {
  const chunks = Array.from({ length: count }, (_, index) => ({
    stream: 0,
    data: new TextEncoder().encode(longText(first + index)),
    time: 1,
  }));
  const bytes = encodeBatch({ kind: 'output', epoch, first, chunks });
  return packed ? squeezed(bytes) : bytes;
}

/** The batch compressed, whether that pays or not: readers take what comes. */
export function squeezed(bytes: Uint8Array): Uint8Array {
  const header = readBatch(bytes);
  if (!header.ok) throw new Error(header.error.message);
  return withBody(bytes, header.value, gzipSync(batchBody(bytes, header.value)), true);
}
