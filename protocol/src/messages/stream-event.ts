import * as z from 'zod';
import type { BatchHeader } from '../batch/layout.ts';
import { CONVERSATION_EVENTS } from '../conversations/events.ts';
import type { WireError } from '../errors.ts';
import { readEvents } from '../read-events.ts';
import type { Result } from '../result.ts';
import { ProgramEventSchema } from './event.ts';

/** Every numbered frame that is not output. A page needs those of programs only, and carries no others (F16). */
export const StreamEventSchema = z.discriminatedUnion('type', [
  ...ProgramEventSchema.options,
  ...CONVERSATION_EVENTS,
]);
export type StreamEvent = z.infer<typeof StreamEventSchema>;

/** The events of an `event` batch, of every kind; one that cannot be read refuses its batch. */
export const decodeStreamEvents = (
  bytes: Uint8Array,
  header: BatchHeader,
): Result<StreamEvent[], WireError> => readEvents(bytes, header, StreamEventSchema);
