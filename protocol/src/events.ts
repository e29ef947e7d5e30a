import { type BatchHeader, STREAM } from './batch/layout.ts';
import { batchBody, framesOf, textOf } from './batch/read.ts';
import { encodeBatch } from './batch/write.ts';
import { type WireError, wireError } from './errors.ts';
import type { Epoch } from './ids.ts';
import { describeIssue } from './issues.ts';
import { type StreamEvent, StreamEventSchema } from './messages/event.ts';
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

/** The events of an `event` batch, parsed; compressed ones are refused, since events are small and the room reads them. */
export function decodeEvents(bytes: Uint8Array, header: BatchHeader): Result<StreamEvent[], WireError> {
  if (header.gzip)
    return err(wireError('INVALID_MESSAGE', 'The batch holds compressed events, which is not allowed'));
  const events: StreamEvent[] = [];
  for (const frame of framesOf(bytes, header, batchBody(bytes, header))) {
    const event = parseEvent(textOf(frame.data));
    if (!event.ok) return event;
    events.push(event.value);
  }
  return ok(events);
}

function parseEvent(text: string): Result<StreamEvent, WireError> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err(wireError('INVALID_MESSAGE', 'The event is not JSON'));
  }
  const parsed = StreamEventSchema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  return err(wireError('INVALID_MESSAGE', describeIssue(parsed.error).message));
}
