import type * as z from 'zod';
import { type BatchHeader, STREAM } from './batch/layout.ts';
import { batchBody, framesOf, textOf } from './batch/read.ts';
import { encodeBatch } from './batch/write.ts';
import { type WireError, wireError } from './errors.ts';
import type { Epoch } from './ids.ts';
import { describeIssue } from './issues.ts';
import { type ProgramEvent, ProgramEventSchema } from './messages/event.ts';
import type { StreamEvent } from './messages/stream-event.ts';
import { err, ok, type Result } from './result.ts';

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

/** The events of a batch, parsed by `schema`. */
export function readEvents<E>(
  bytes: Uint8Array,
  header: BatchHeader,
  schema: z.ZodType<E>,
): Result<E[], WireError> {
  if (header.gzip)
    return err(wireError('INVALID_MESSAGE', 'The batch holds compressed events, which is not allowed'));
  const events: E[] = [];
  for (const frame of framesOf(bytes, header, batchBody(bytes, header))) {
    const event = parseEvent(textOf(frame.data), schema);
    if (!event.ok) return event;
    events.push(event.value);
  }
  return ok(events);
}

function parseEvent<E>(text: string, schema: z.ZodType<E>): Result<E, WireError> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err(wireError('INVALID_MESSAGE', 'The event is not JSON'));
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  return err(wireError('INVALID_MESSAGE', describeIssue(parsed.error).message));
}
