import { ErrorCodeSchema, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import { sentenceOf } from '../rest/to-sentence.ts';

const FailureSchema = z.object({
  wire: z.object({
    code: ErrorCodeSchema,
    message: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  }),
});

/** The wire error of a rejected request, whatever it was rejected with. */
export function failureOf(reason: unknown): WireError {
  const parsed = FailureSchema.safeParse(reason);
  if (parsed.success) {
    const { code, details } = parsed.data.wire;
    return wireError(code, sentenceOf(parsed.data.wire), details);
  }
  return wireError('INTERNAL_ERROR', 'This did not work, and nobody said why.');
}
