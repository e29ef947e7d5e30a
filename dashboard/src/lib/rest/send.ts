import { err, type Result, type WireError, wireError } from '@muster/protocol';
import type * as z from 'zod';
import { renew } from '../connection/auth.ts';
import { checked, refusalOf } from './get.ts';

/** Something for the server to do, its answer checked. A sign-in that has run out is renewed once. */
export async function send<T>(
  method: 'POST' | 'DELETE',
  path: string,
  body: unknown,
  schema: z.ZodType<T>,
): Promise<Result<T, WireError>> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const ask = () => fetch(path, { method, ...(body === undefined ? {} : json) });
  try {
    let response = await ask();
    if (response.status === 401 && (await renew()).kind === 'in') response = await ask();
    const answer: unknown = await response.json().catch(() => null);
    return response.ok ? checked(schema, answer) : err(refusalOf(answer, response.status));
  } catch {
    return err(wireError('SERVICE_UNAVAILABLE', 'the server could not be reached'));
  }
}
