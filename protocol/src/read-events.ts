import type * as z from 'zod';
import type { BatchHeader } from './batch/layout.ts';
import { batchBody, framesOf, textOf } from './batch/read.ts';
import { type WireError, wireError } from './errors.ts';
import { describeIssue } from './issues.ts';
import { err, ok, type Result } from './result.ts';

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
