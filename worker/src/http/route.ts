import {
  AgentIdSchema,
  type AgentLimit,
  agentOfId,
  type Counted,
  err,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { Hono, MiddlewareHandler } from 'hono';
import { countOpen } from '../auth/attempts.ts';
import { type MemberClaims, tokenOfSid } from '../auth/claims.ts';
import { type AuthenticatedRequest, foreignOrigin, guard } from '../auth/guard.ts';
import { lobbyOf, NO_TEAM, teamOf } from '../env.ts';
import type { ActingMember, BudgetUse, VisiblePast } from '../rpc.ts';
import { addressOf } from '../socket/handshake.ts';
import type { App, AppContext } from './app.ts';
import { auditRefusal, requestedAction } from './audit-entries.ts';
import { RequestError } from './errors.ts';
import { readFileBody } from './file-body.ts';
import { parseInput, readText } from './request-body.ts';
import { mayUse, type QueryOf, ROUTES, type Route } from './routes.ts';
import { ABOUT } from './schemas/about.ts';
import type { RouteRow } from './schemas/types.ts';

type Handler<R extends Route> = (context: AppContext, query: QueryOf<R>) => Response | Promise<Response>;

/** Registers a route behind the rows it has in the tables of roles and of schemas: there is no other way to. */
export function route<R extends Route>(app: Hono<App>, route: R, handler: Handler<R>): void {
  const [method = '', path = ''] = route.split(' ');
  app.on(method, path, authorize(route), (context) => handler(context, queryOf(context, route)));
}

/** @throws RequestError that names the field and the rule */
function queryOf<R extends Route>(context: AppContext, route: R): QueryOf<R> {
  const { query }: RouteRow = ROUTES[route];
  const given = query === undefined ? null : parseInput(context.req.query(), query);
  // The table says both what it is checked by and what it then is.
  return given as QueryOf<R>;
}

function authorize(route: Route): MiddlewareHandler<App> {
  return async (context, next) => {
    const { req, env } = context;
    const tooMany = ROUTES[route].bucket === 'open' ? await countOpen(req.raw, env, route) : null;
    if (tooMany !== null) throw new RequestError(tooMany);
    // Of Muster itself: they ask for no team, so that they answer where the settings name none.
    if (Object.hasOwn(ABOUT, route)) return next();
    const asking = await authenticate(context, route);
    if (!asking.ok) throw new RequestError(asking.error);
    const { team, claims, reached } = asking.value;
    context.set('team', team);
    context.set('claims', claims);
    const agentId = agentOfPath(context);
    if (agentId !== null && reached !== undefined) context.set('reached', { agentId, agentUid: reached });
    await next();
  };
}

async function authenticate(
  context: AppContext,
  route: Route,
): Promise<Result<AuthenticatedRequest, WireError>> {
  const { req, env } = context;
  const { least } = ROUTES[route];
  if (least === 'anyone') {
    const team = teamOf(env, new URL(req.url));
    const foreign = foreignOrigin(req.raw, env);
    if (team === null) return err(NO_TEAM);
    return foreign === null ? ok({ team, claims: null }) : err(foreign);
  }
  const agentId = agentOfPath(context);
  const asking = await guard(req.raw, env, Date.now(), {
    spends: budgetUse(context, route),
    ...(agentId === null
      ? {}
      : { reaches: { agentId, stays: false }, beforeAsk: () => keepBody(context, route) }),
  });
  if (!asking.ok) return asking;
  const { claims } = asking.value;
  if (claims?.kind !== 'member') return err(wireError('AUTH_FAILED', 'a token is needed'));
  if (mayUse(route, claims)) return asking;
  const error = wireError('INSUFFICIENT_PERMISSIONS', `This needs the role ${least}`);
  await auditRefusal(context, claims, route, error);
  return err(error);
}

/** What rooms make ids for. */
const OF_ROOMS = /^\/api\/(commands|conversations|permissions)\//;

/** The agent whose id is in the path, or is named by the id that is; null: none. */
function agentOfPath({ req }: AppContext): string | null {
  const agentId = req.param('agentId');
  if (agentId !== undefined) return AgentIdSchema.safeParse(agentId).data ?? null;
  return OF_ROOMS.test(req.path) ? agentOfId(req.param('id') ?? '') : null;
}

/** X5: reads the body before the lobby is asked, since reading may take a while and rights may change meanwhile. */
async function keepBody(context: AppContext, route: Route): Promise<void> {
  const { takesFile }: RouteRow = ROUTES[route];
  if (takesFile === true) return context.set('file', await readFileBody(context));
  if (context.req.method !== 'GET') context.set('body', await readText(context));
}

/** X18: objects count their own messages; here a request costs as much as a read. */
function budgetUse(context: AppContext, route: Route): BudgetUse {
  const rule: Counted = ROUTES[route];
  const { bucket } = rule;
  if (bucket === 'people') {
    const address = addressOf(context.req.raw.headers);
    return { budget: 'people', act: { ...requestedAction(context, route), address } };
  }
  return { budget: bucket === 'search' || bucket === 'poll' ? bucket : 'read' };
}

/** The member of a route that asks for a role. */
export function memberClaims(context: AppContext): MemberClaims {
  const { claims } = context.var;
  if (claims?.kind === 'member') return claims;
  throw new RequestError(wireError('AUTH_FAILED', 'a token is needed'));
}

/**
 * A member with a session of their own: an API token makes no other tokens and ends no sessions. @throws
 * RequestError
 */
export function sessionMember(context: AppContext): ActingMember {
  const by = actingMember(context);
  if (tokenOfSid(by.sid) === null) return by;
  throw new RequestError(wireError('INSUFFICIENT_PERMISSIONS', 'an API token may not'));
}

/** The acting member of a request. @throws RequestError */
export function actingMember(context: AppContext): ActingMember {
  const { member: memberId, sid } = memberClaims(context);
  return { memberId, sid, address: addressOf(context.req.raw.headers) };
}

/** X5: the agents that the member may see. @throws RequestError */
export const limitsOf = (context: AppContext): readonly AgentLimit[] => memberClaims(context).agents;

/** The agents whose history the member may see; undefined: all. @throws RequestError */
export async function visiblePast(context: AppContext): Promise<VisiblePast | undefined> {
  const limits = limitsOf(context);
  return limits.length === 0 ? undefined : lobbyOf(context.env, context.var.team).sighted(limits);
}
