import type { Counted, Role } from '@muster/protocol';
import type * as z from 'zod';
import type { EVERY_AGENT } from './rule.ts';

/** The role that a route needs; `anyone`: no token, or one that the route checks itself. */
export type RequiredRole = Role | typeof EVERY_AGENT | 'anyone';

/**
 * A route. X5, X18, L: the role that it needs, whether it writes a row, and the bucket that counts it. One that does
 * what a message does has the message's rule; one that only reads the same asks for its role. A bad token in a header
 * counts as an attempt anywhere. The schemas check its input, and describe it in `/api/openapi.json`.
 */
export type RouteRow = Counted & {
  readonly least: RequiredRole;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** C15: its body is a file's bytes, or a form with one. */
  readonly takesFile?: true;
  readonly answer?: z.ZodType;
  /** The status of the response; 200 if absent. */
  readonly status?: 201 | 202 | 204;
};

/** The routes of one resource. */
export type Rows = Readonly<
  Record<`${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /api/${string}`, RouteRow>
>;
