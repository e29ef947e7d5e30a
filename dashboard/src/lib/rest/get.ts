import type { Result, WireError } from '@muster/protocol';
import type * as z from 'zod';
import { exchange } from './exchange.ts';

/** The query string's parameters; undefined and empty ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** `/api/audit?agent=shell&limit=50`. */
export function addressOf(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** A question to the server, its answer checked. */
export const get = <T>(
  path: string,
  query: Query,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): Promise<Result<T, WireError>> =>
  exchange(() => fetch(addressOf(path, query), signal === undefined ? {} : { signal }), schema);
