import type * as z from 'zod';
import type { Route } from './route-rules.ts';
import { ABOUT } from './schemas/about.ts';
import { AGENTS } from './schemas/agents.ts';
import { AUDIT } from './schemas/audit.ts';
import { COMMANDS } from './schemas/commands.ts';
import { HOSTS } from './schemas/hosts.ts';
import { LINES } from './schemas/lines.ts';
import { PAST } from './schemas/past.ts';
import { PEOPLE } from './schemas/people.ts';
import { SIGN_IN } from './schemas/sign-in.ts';
import type { RouteSchema } from './schemas/types.ts';

/** Every route, as it is checked and described: one table for each resource. */
export const ROUTE_SCHEMAS = {
  ...ABOUT,
  ...SIGN_IN,
  ...PEOPLE,
  ...AGENTS,
  ...COMMANDS,
  ...LINES,
  ...HOSTS,
  ...PAST,
  ...AUDIT,
} as const satisfies Record<Route, RouteSchema>;

type Table = typeof ROUTE_SCHEMAS;
/** The query of a route, checked. */
export type QueryOf<R extends Route> = Table[R] extends { readonly query: infer Q extends z.ZodObject }
  ? z.output<Q>
  : null;
