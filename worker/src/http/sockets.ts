import {
  AgentIdSchema,
  AgentUidSchema,
  CLOSE,
  chooseDialect,
  type Dialect,
  SUBPROTOCOL,
  wireError,
} from '@muster/protocol';
import { Hono } from 'hono';
import { countAttempt, failedAttempt } from '../auth/attempts.ts';
import type { Claims } from '../auth/claims.ts';
import { type AuthenticatedRequest, guard, withoutToken } from '../auth/guard.ts';
import { guardHost } from '../auth/guard-host.ts';
import { TICKET_HEADER } from '../auth/host-ticket.ts';
import { ACCESS_HEADER } from '../auth/presented-token.ts';
import { type Env, lobbyOf, roomOf } from '../env.ts';
import { addressOf, isUpgrade, offersCanonical, withClaims } from '../socket/handshake.ts';
import { closedSocket, refuseSocket } from '../socket/refuse.ts';
import type { App, AppContext } from './app.ts';
import { errorResponse } from './errors.ts';
import { NO_AGENT, unknownAgent } from './unknown-agent.ts';

const SWITCHING = 101;
const UPGRADE_REQUIRED = 426;

/** The gateway (G1): ends a plain socket in the Worker and speaks its dialect. */
export type PlainSocketHandler = (
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  dialect: Dialect,
) => Response | Promise<Response>;

const noAgent = () => refuseSocket(NO_AGENT);

interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

/** Forwards the socket to its object with the verified claims; the response is returned untouched. */
function forwardSocket(to: Fetcher, request: Request, claims: Claims | null): Promise<Response> {
  const headers = withClaims(request.headers, claims, addressOf(request.headers));
  headers.delete('cookie');
  headers.delete('authorization');
  headers.delete(TICKET_HEADER);
  headers.delete(ACCESS_HEADER);
  return to.fetch(new Request(withoutToken(request.url), { headers }));
}

type SocketHandler = (
  env: Env,
  asked: Pick<AuthenticatedRequest, 'team' | 'claims' | 'reached'>,
  request: Request,
) => Promise<Response>;

/**
 * G1, G3: a canonical socket is checked here and then belongs to its object. A bad token wakes no object; a
 * member's socket without one has 5 s to bring it (the object's deadline).
 */
async function handleMemberSocket(context: AppContext, opens: SocketHandler): Promise<Response> {
  const request = context.req.raw;
  const agentId = AgentIdSchema.safeParse(context.req.param('agentId'));
  const reaches = agentId.success ? { reaches: { agentId: agentId.data, stays: true } } : {};
  const asking = await guard(request, context.env, Date.now(), reaches);
  // L: an authenticated caller that only comes too often made no failed attempt.
  if (!asking.ok && asking.error.code === 'RATE_LIMIT')
    return refuseSocket(asking.error, CLOSE.tryAgainLater);
  if (!asking.ok) return refuseSocket(await failedAttempt(request, context.env, asking.error));
  const tooMany = asking.value.claims === null ? await countAttempt(request, context.env) : null;
  return tooMany === null ? opens(context.env, asking.value, request) : refuseSocket(tooMany);
}

/** X14: an accepted dial is answered with the ticket for the next one. */
function withTicket(response: Response, ticket: string | null): Response {
  if (ticket === null || response.webSocket === null) return response;
  const headers = new Headers(response.headers);
  headers.set(TICKET_HEADER, ticket);
  return new Response(null, { status: SWITCHING, webSocket: response.webSocket, headers });
}

/** The same for a host, which has no time to bring anything. */
async function handleHostSocket(context: AppContext, opens: SocketHandler): Promise<Response> {
  const request = context.req.raw;
  const asking = await guardHost(request, context.env, Date.now());
  if (asking.ok) return withTicket(await opens(context.env, asking.value, request), asking.value.ticket);
  const { error, close } = asking.error;
  if (close !== undefined) return closedSocket(close, error.message);
  // A host reads an answer that is none of a socket, and takes it for what it is: the next try waits longer.
  if (error.code === 'RATE_LIMIT') return errorResponse(error);
  return refuseSocket(await failedAttempt(request, context.env, error));
}

const toLobby: SocketHandler = (env, { team, claims }, request) =>
  forwardSocket(lobbyOf(env, team), request, claims);

function toAgent(agentId: string): SocketHandler {
  return async (env, { team, claims, reached }, request) => {
    const parsed = AgentIdSchema.safeParse(agentId);
    if (claims?.kind === 'member') {
      if (!parsed.success || reached === null) return noAgent();
      if (reached !== undefined) return forwardSocket(roomOf(env, team, reached), request, claims);
      // A lobby of an earlier version ignores `reaches`.
      const found = await lobbyOf(env, team).reach(parsed.data, claims, true);
      if (!found.ok) return refuseSocket(found.error);
      return forwardSocket(roomOf(env, team, found.value.agentUid), request, found.value.claims);
    }
    const agentUid = parsed.success ? await lobbyOf(env, team).find(parsed.data) : null;
    if (agentUid !== null) return forwardSocket(roomOf(env, team, agentUid), request, claims);
    return claims === null ? unknownAgent(env, team, request.headers) : noAgent();
  };
}

function toKeepersRoom(agentUid: string): SocketHandler {
  return async (env, { team, claims }, request) => {
    const parsed = AgentUidSchema.safeParse(agentUid);
    return parsed.success ? forwardSocket(roomOf(env, team, parsed.data), request, claims) : noAgent();
  };
}

/** G2. Where address and query do not name the dialect the gateway reads the first frame: 001 until then. */
const dialectOf = ({ url }: Request): Dialect => {
  const { pathname, searchParams } = new URL(url);
  return chooseDialect(pathname, searchParams) ?? '001';
};

const notUpgrade = () => {
  const { code, number, message } = wireError('INVALID_MESSAGE', 'A WebSocket is needed here');
  const headers = { upgrade: 'websocket' };
  return Response.json({ error: { code, number, message } }, { status: UPGRADE_REQUIRED, headers });
};

const notCanonical = () =>
  errorResponse(wireError('INVALID_MESSAGE', `The subprotocol ${SUBPROTOCOL} is needed`));

/** Every path under /ws. Hosts always speak canonically; other dialects go to the gateway. */
export function socketRoutes(openDoor: PlainSocketHandler): Hono<App> {
  const app = new Hono<App>();
  const host = (path: string, opens: (context: AppContext) => SocketHandler) =>
    app.get(path, (context) => {
      const { headers } = context.req.raw;
      if (!isUpgrade(headers)) return notUpgrade();
      return offersCanonical(headers) ? handleHostSocket(context, opens(context)) : notCanonical();
    });
  const viewer = (path: string, opens: (context: AppContext) => SocketHandler) =>
    app.get(path, (context) => {
      const { raw } = context.req;
      if (!isUpgrade(raw.headers)) return notUpgrade();
      if (offersCanonical(raw.headers)) return handleMemberSocket(context, opens(context));
      return openDoor(raw, context.env, context.executionCtx as ExecutionContext, dialectOf(raw));
    });
  const param = (context: AppContext, name: string) => context.req.param(name) ?? '';
  host('/ws/runner', () => toLobby);
  host('/ws/keepers/:agentUid', (context) => toKeepersRoom(param(context, 'agentUid')));
  viewer('/ws/agents/:agentId', (context) => toAgent(param(context, 'agentId')));
  viewer('/ws/dashboard', () => toLobby);
  viewer('/ws', () => toLobby);
  return app;
}
