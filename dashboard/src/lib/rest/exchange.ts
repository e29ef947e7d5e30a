import { ErrorCodeSchema, err, ok, type Result, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import { renew } from '../connection/auth.ts';
import { sentenceOf } from './to-sentence.ts';

const DetailsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const RefusedSchema = z.object({
  error: z.object({ code: ErrorCodeSchema, message: z.string(), details: DetailsSchema.optional() }),
});

/** The error where no answer arrives. */
const AWAY = wireError('SERVICE_UNAVAILABLE', 'The server cannot be reached.');
/** I1: … to something that was to be done. It is not asked for again. */
export const UNKNOWN = wireError(
  'SERVICE_UNAVAILABLE',
  'It is not known whether this was done: the server could not be reached. Check before you try again.',
  { outcome: 'unknown' },
);

/**
 * One request and its answer, checked; no body counts as null. A sign-in that has run out is renewed once, since then
 * nothing was done. `lost`: what is said where no answer comes.
 */
export async function exchange<T>(
  ask: () => Promise<Response>,
  schema: z.ZodType<T>,
  lost: WireError = AWAY,
): Promise<Result<T, WireError>> {
  try {
    let response = await ask();
    if (response.status === 401 && (await renew()).kind === 'in') response = await ask();
    const body: unknown = await response.json().catch(() => null);
    return response.ok ? checked(schema, body) : err(refusalOf(body, response.status));
  } catch {
    return err(lost);
  }
}

function checked<T>(schema: z.ZodType<T>, body: unknown): Result<T, WireError> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  return err(
    wireError('INTERNAL_ERROR', 'The server answered what this page does not understand. Reload it.'),
  );
}

function refusalOf(body: unknown, status: number): WireError {
  const refused = RefusedSchema.safeParse(body);
  if (!refused.success) return wireError('INTERNAL_ERROR', `The server answered ${status}.`);
  const { code, details } = refused.data.error;
  return wireError(code, sentenceOf(refused.data.error), details);
}
