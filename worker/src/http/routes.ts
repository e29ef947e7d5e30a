import { type AgentLimit, allows, type Role } from '@muster/protocol';
import type * as z from 'zod';
import { ABOUT } from './schemas/about.ts';
import { AGENTS } from './schemas/agents.ts';
import { AUDIT } from './schemas/audit.ts';
import { COMMANDS } from './schemas/commands.ts';
import { CONVERSATIONS } from './schemas/conversations.ts';
import { FILES } from './schemas/files.ts';
import { HOSTS } from './schemas/hosts.ts';
import { INBOX } from './schemas/inbox.ts';
import { LINES } from './schemas/lines.ts';
import { MEMBERS } from './schemas/members.ts';
import { PAST } from './schemas/past.ts';
import { PUSH } from './schemas/push.ts';
import { EVERY_AGENT } from './schemas/rule.ts';
import { SIGN_IN } from './schemas/sign-in.ts';
import type { RequiredRole, Rows } from './schemas/types.ts';

/** Every route: one table for each resource. Code, description and tests read it; there is no other. */
export const ROUTES = {
  ...ABOUT,
  ...SIGN_IN,
  ...MEMBERS,
  ...AGENTS,
  ...COMMANDS,
  ...INBOX,
  ...PUSH,
  ...CONVERSATIONS,
  ...FILES,
  ...LINES,
  ...HOSTS,
  ...PAST,
  ...AUDIT,
} as const satisfies Rows;

type Table = typeof ROUTES;
export type Route = keyof Table;

/** The query of a route, checked. */
export type QueryOf<R extends Route> = Table[R] extends { readonly query: infer Q extends z.ZodObject }
  ? z.output<Q>
  : null;

/** X5: whether a member with this role and these limits may use the route. */
export function mayUse(
  route: Route,
  { role, agents }: { readonly role: Role; readonly agents: readonly AgentLimit[] },
): boolean {
  const { least }: { readonly least: RequiredRole } = ROUTES[route];
  if (least === 'anyone') return true;
  return least === EVERY_AGENT ? role === 'admin' && agents.length === 0 : allows(role, least);
}
