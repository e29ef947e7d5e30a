import type * as z from 'zod';
import type { Route } from '../route-rules.ts';

/** A route's schemas: they check its input, and describe it in `/api/openapi.json`. */
export interface RouteSchema {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  /** The status of the response; 200 if absent. */
  readonly status?: 201 | 204;
}

/** The routes of one resource. */
export type Rows = Partial<Record<Route, RouteSchema>>;
