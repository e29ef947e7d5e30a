import type { Result, WireError } from '@muster/protocol';
import * as z from 'zod';
import { exchange, UNKNOWN } from './exchange.ts';

/** Something for the server to do, its answer checked. */
export function send<T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body: unknown,
  schema: z.ZodType<T>,
): Promise<Result<T, WireError>> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return exchange(() => fetch(path, { method, ...(body === undefined ? {} : json) }), schema, UNKNOWN);
}

/** Takes away what stands at this path. */
export const remove = (path: string): Promise<Result<unknown, WireError>> =>
  send('DELETE', path, undefined, z.unknown());
