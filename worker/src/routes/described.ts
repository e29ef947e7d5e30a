import type * as z from 'zod';
import { ABOUT } from './described/about.ts';
import { AGENTS } from './described/agents.ts';
import { AUDIT } from './described/audit.ts';
import { COMMANDS } from './described/commands.ts';
import { HOSTS } from './described/hosts.ts';
import { LINES } from './described/lines.ts';
import { PAST } from './described/past.ts';
import { PEOPLE } from './described/people.ts';
import { SIGN_IN } from './described/sign-in.ts';
import type { RouteSchema } from './described/types.ts';
import type { Route } from './rules.ts';

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
