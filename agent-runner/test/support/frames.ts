import {
  batchesIn,
  decodeStreamEvents,
  type Epoch,
  EpochSchema,
  encodeBatch,
  encodeEvent,
  framesOf,
  readBatch,
  STREAM,
  type StreamEvent,
  textOf,
} from '@muster/protocol';

/** The n-th epoch of a test. */
export const epochOf = (n: number): Epoch => EpochSchema.parse(n.toString(16).padStart(16, '0'));

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One output batch whose chunks are the given texts. */
export function output(epoch: Epoch, first: number, ...texts: string[]): Uint8Array {
  const chunks = texts.map((text) => ({ stream: STREAM.stdout, data: bytesOf(text), time: 1 }));
  return encodeBatch({ kind: 'output', epoch, first, chunks });
}

export const event = (epoch: Epoch, sequence: number, reason = ''): Uint8Array =>
  encodeEvent(epoch, sequence, { type: 'program:status', status: 'running', reason }, 1);

/** The contents of batches, one line a frame: `3 out abc`, `4 event running`, `5-9 gap 120`. */
export function textsOf(batches: readonly Uint8Array[]): string[] {
  return batches.flatMap((bytes) => [...batchesIn(bytes)].flatMap((header) => lines(bytes, header)));
}

function lines(bytes: Uint8Array, header: ReturnType<typeof headerOf>): string[] {
  const mark = header.fetched ? ' fetched' : '';
  if (header.kind === 'gap') return [`${header.first}-${header.last} gap ${header.rawSize}${mark}`];
  if (header.kind === 'output') {
    return [...framesOf(bytes, header)].map(({ sequence, data }) => `${sequence} out ${textOf(data)}${mark}`);
  }
  return eventsOf(bytes, header).map((each, index) => `${header.first + index} ${nameOf(each)}${mark}`);
}

export function headerOf(bytes: Uint8Array) {
  const header = readBatch(bytes);
  if (!header.ok) throw new Error(header.error.message);
  return header.value;
}

export function eventsOf(bytes: Uint8Array, header: ReturnType<typeof headerOf>): StreamEvent[] {
  const events = decodeStreamEvents(bytes, header);
  if (!events.ok) throw new Error(events.error.message);
  return events.value;
}

function nameOf(each: StreamEvent): string {
  if (each.type === 'program:status') return `status ${each.status}${each.reason ?? ''}`;
  if (each.type === 'epoch:open') {
    const { previous, cause } = each;
    return `open ${cause} after ${previous === null ? 'none' : `${Number.parseInt(previous.epoch, 16)}:${previous.complete ? previous.last : null}`}`;
  }
  return each.type;
}
