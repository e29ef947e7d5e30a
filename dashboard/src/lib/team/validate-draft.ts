import { err, ok, type Result } from '@muster/protocol';
import type * as z from 'zod';
import { type Errors, ownErrors } from './errors.ts';
import { type LimitDraft, toLimit } from './limit.ts';

/** Validates a draft together with its agent limit: returns the input to send, or the errors by field. */
export function validateDraft<T, F extends string>(
  fields: readonly (F | 'agents')[],
  schema: z.ZodType<T>,
  typed: object,
  limit: LimitDraft,
): Result<T, Errors<F | 'agents'>> {
  const agents = toLimit(limit);
  const parsed = schema.safeParse({ ...typed, agents: agents.ok ? agents.value : null });
  if (parsed.success && agents.ok) return ok(parsed.data);
  return err({
    ...(parsed.success ? {} : ownErrors(fields, parsed.error.issues)),
    ...(agents.ok ? {} : { agents: agents.error }),
  });
}
