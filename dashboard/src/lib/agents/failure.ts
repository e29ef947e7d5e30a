import { ErrorCodeSchema, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';

const FailureSchema = z.object({
  wire: z.object({
    code: ErrorCodeSchema,
    message: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  }),
});

/** What a rejected request says, whatever it was rejected with. */
export function failureOf(reason: unknown): WireError {
  const parsed = FailureSchema.safeParse(reason);
  if (parsed.success) {
    const { code, message, details } = parsed.data.wire;
    return wireError(code, message, details);
  }
  return wireError('INTERNAL_ERROR', reason instanceof Error ? reason.message : 'the request failed');
}
