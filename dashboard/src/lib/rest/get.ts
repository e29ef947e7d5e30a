import { ErrorCodeSchema, err, ok, type Result, type WireError, wireError } from '@muster/protocol';
import * as z from 'zod';
import { renew } from '../connection/auth.ts';

const RefusedSchema = z.object({ error: z.object({ code: ErrorCodeSchema, message: z.string() }) });

/** What goes behind the `?`; what is undefined or empty is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** `/api/audit?agent=shell&limit=50`. */
export function addressOf(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** A question to the server, its answer checked. A sign-in that has run out is renewed once. */
export async function get<T>(
  path: string,
  query: Query,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): Promise<Result<T, WireError>> {
  const ask = () => fetch(addressOf(path, query), signal === undefined ? {} : { signal });
  try {
    let response = await ask();
    if (response.status === 401 && (await renew()).kind === 'in') response = await ask();
    const body: unknown = await response.json().catch(() => null);
    return response.ok ? checked(schema, body) : err(refusalOf(body, response.status));
  } catch {
    return err(wireError('SERVICE_UNAVAILABLE', 'the server could not be reached'));
  }
}

export function checked<T>(schema: z.ZodType<T>, body: unknown): Result<T, WireError> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  return err(
    wireError('INTERNAL_ERROR', 'the server answered what this page does not understand: reload it'),
  );
}

export function refusalOf(body: unknown, status: number): WireError {
  const refused = RefusedSchema.safeParse(body);
  if (refused.success) return wireError(refused.data.error.code, refused.data.error.message);
  return wireError('INTERNAL_ERROR', `the server answered ${status}`);
}
