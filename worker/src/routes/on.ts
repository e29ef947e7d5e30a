import {
  type AgentLimit,
  type Counted,
  err,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { Hono, MiddlewareHandler } from 'hono';
import { type MemberClaims, tokenOfSid } from '../auth/claims.ts';
import { type Asking, foreignOrigin, guard } from '../auth/guard.ts';
import { lobbyOf, teamOf } from '../env.ts';
import type { Acting, Sighted, Spending } from '../rpc.ts';
import { addressOf } from '../socket/handshake.ts';
import type { App, AppContext } from './app.ts';
import type { Described } from './described/types.ts';
import { DESCRIBED, type QueryOf } from './described.ts';
import { Refused } from './errors.ts';
import { read } from './input.ts';
import { attemptedBy, noteRefusal } from './record.ts';
import { mayUse, ROUTE_RULES, type Route } from './rules.ts';

type Handler<R extends Route> = (context: AppContext, query: QueryOf<R>) => Response | Promise<Response>;

/** Registers a route behind the rows it has in the tables of roles and of schemas: there is no other way to. */
export function on<R extends Route>(app: Hono<App>, route: R, handler: Handler<R>): void {
  const [method = '', path = ''] = route.split(' ');
  app.on(method, path, guarded(route), (context) => handler(context, queryOf(context, route)));
}

/** @throws Refused that names the field and the rule */
function queryOf<R extends Route>(context: AppContext, route: R): QueryOf<R> {
  const { query }: Described = DESCRIBED[route];
  const given = query === undefined ? null : read(context.req.query(), query);
  // The table says both what it is checked by and what it then is.
  return given as QueryOf<R>;
}

function guarded(route: Route): MiddlewareHandler<App> {
  return async (context, next) => {
    const asking = await ask(context, route);
    if (!asking.ok) throw new Refused(asking.error);
    context.set('team', asking.value.team);
    context.set('claims', asking.value.claims);
    await next();
  };
}

async function ask(context: AppContext, route: Route): Promise<Result<Asking, WireError>> {
  const { req, env } = context;
  const { least } = ROUTE_RULES[route];
  if (least === 'anyone') {
    const team = teamOf(env, new URL(req.url));
    const foreign = foreignOrigin(req.raw, env);
    if (team === null) return err(wireError('AUTH_FAILED', 'team: must be a slug'));
    return foreign === null ? ok({ team, claims: null }) : err(foreign);
  }
  const asking = await guard(req.raw, env, Date.now(), { spends: spendingOf(context, route) });
  if (!asking.ok) return asking;
  const { claims } = asking.value;
  if (claims?.kind !== 'member') return err(wireError('AUTH_FAILED', 'a token is needed'));
  if (mayUse(route, claims)) return asking;
  const error = wireError('INSUFFICIENT_PERMISSIONS', `${route}: needs the role ${least}`);
  await noteRefusal(context, claims, route, error);
  return err(error);
}

/** X18: what is said to an object is counted there too; here it costs as much as reading does. */
function spendingOf(context: AppContext, route: Route): Spending {
  const rule: Counted = ROUTE_RULES[route];
  const { bucket } = rule;
  if (bucket === 'people') {
    const address = addressOf(context.req.raw.headers);
    return { budget: 'people', act: { ...attemptedBy(context, route), address } };
  }
  return { budget: bucket === 'search' || bucket === 'poll' ? bucket : 'read' };
}

/** The member of a route that asks for a role. */
export function memberOf(context: AppContext): MemberClaims {
  const { claims } = context.var;
  if (claims?.kind === 'member') return claims;
  throw new Refused(wireError('AUTH_FAILED', 'a token is needed'));
}

/** A member who is here himself: an API token makes no other, and ends nobody's sessions. @throws Refused */
export function personIn(context: AppContext): Acting {
  const by = actingIn(context);
  if (tokenOfSid(by.sid) === null) return by;
  throw new Refused(wireError('INSUFFICIENT_PERMISSIONS', 'an API token may not'));
}

/** Him, as he acts on people. @throws Refused */
export function actingIn(context: AppContext): Acting {
  const { member: memberId, sid } = memberOf(context);
  return { memberId, sid, address: addressOf(context.req.raw.headers) };
}

/** X5: the agents he may see. @throws Refused */
export const limitsOf = (context: AppContext): readonly AgentLimit[] => memberOf(context).agents;

/** Those whose past he may see, where it is not every agent there is or was. @throws Refused */
export async function sightedBy(context: AppContext): Promise<Sighted | undefined> {
  const limits = limitsOf(context);
  return limits.length === 0 ? undefined : lobbyOf(context.env, context.var.team).sighted(limits);
}
