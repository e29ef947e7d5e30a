import type * as z from 'zod';
import type { Route } from '../route-rules.ts';

/** What a route takes and gives: what it is checked by, and what `/api/openapi.json` says of it. */
export interface RouteSchema {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  /** Of the answer; 200 where it is not said. */
  readonly status?: 201 | 204;
}

/** The routes of one resource. */
export type Rows = Partial<Record<Route, RouteSchema>>;
