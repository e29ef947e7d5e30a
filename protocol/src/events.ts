import { type BatchHeader, STREAM } from './batch/layout.ts';
import { encodeBatch } from './batch/write.ts';
import type { WireError } from './errors.ts';
import type { Epoch } from './ids.ts';
import { type ProgramEvent, ProgramEventSchema } from './messages/event.ts';
import type { StreamEvent } from './messages/stream-event.ts';
import { readEvents } from './read-events.ts';
import type { Result } from './result.ts';

const encoder = new TextEncoder();

/** A numbered event as a batch of one frame. */
export function encodeEvent(
  epoch: Epoch,
  sequence: number,
  event: StreamEvent,
  time: number,
): Uint8Array<ArrayBuffer> {
  const data = encoder.encode(JSON.stringify(event));
  return encodeBatch({
    kind: 'event',
    epoch,
    first: sequence,
    chunks: [{ stream: STREAM.stdout, data, time }],
  });
}

/**
 * The events of an `event` batch that concerns programs and commands, parsed; any other batch of events is refused, and so
 * are compressed ones, since events are small and the room reads them.
 */
export const decodeEvents = (bytes: Uint8Array, header: BatchHeader): Result<ProgramEvent[], WireError> =>
  readEvents(bytes, header, ProgramEventSchema);
