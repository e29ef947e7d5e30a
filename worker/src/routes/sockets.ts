import {
  AgentIdSchema,
  AgentUidSchema,
  CLOSE,
  chooseDialect,
  type Dialect,
  SUBPROTOCOL,
  type TeamId,
  wireError,
} from '@muster/protocol';
import { Hono } from 'hono';
import { countAttempt, failedAttempt } from '../auth/attempts.ts';
import type { Claims } from '../auth/claims.ts';
import { guard, scrubbed } from '../auth/guard.ts';
import { guardHost } from '../auth/guard-host.ts';
import { ASSERTION } from '../auth/presented.ts';
import { type Env, lobbyOf, roomOf } from '../env.ts';
import { addressOf, isUpgrade, offersCanonical, withClaims } from '../socket/handshake.ts';
import { closedSocket, refuseSocket } from '../socket/refuse.ts';
import type { App, AppContext } from './app.ts';
import { errorResponse } from './errors.ts';
import { NO_AGENT, unknownAgent } from './unknown-agent.ts';

const UPGRADE_REQUIRED = 426;

/** The door (G1): ends a plain socket in the Worker and speaks its dialect. */
export type OpenDoor = (
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  dialect: Dialect,
) => Response | Promise<Response>;

const noAgent = () => refuseSocket(NO_AGENT);

interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

/** Hands the socket to its object with our word on who it is; its answer is returned untouched. */
function handOver(to: Fetcher, request: Request, claims: Claims | null): Promise<Response> {
  const headers = withClaims(request.headers, claims, addressOf(request.headers));
  headers.delete('cookie');
  headers.delete('authorization');
  headers.delete(ASSERTION);
  return to.fetch(new Request(scrubbed(request.url), { headers }));
}

type Opens = (
  env: Env,
  asked: { readonly team: TeamId; readonly claims: Claims | null },
  request: Request,
) => Promise<Response>;

/**
 * G1, G3: a canonical socket is checked here and then belongs to its object. A bad token wakes no object; a
 * member's socket without one has 5 s to bring it (the object's deadline).
 */
async function ofMember(context: AppContext, opens: Opens): Promise<Response> {
  const request = context.req.raw;
  const asking = await guard(request, context.env, Date.now());
  // L: who was known for who he is, and only comes too often, made no attempt in vain.
  if (!asking.ok && asking.error.code === 'RATE_LIMIT')
    return refuseSocket(asking.error, CLOSE.tryAgainLater);
  if (!asking.ok) return refuseSocket(await failedAttempt(request, context.env, asking.error));
  const tooMany = asking.value.claims === null ? await countAttempt(request, context.env) : null;
  return tooMany === null ? opens(context.env, asking.value, request) : refuseSocket(tooMany);
}

/** The same for a host, which has no time to bring anything. */
async function ofHost(context: AppContext, opens: Opens): Promise<Response> {
  const request = context.req.raw;
  const asking = await guardHost(request, context.env, Date.now());
  if (asking.ok) return opens(context.env, asking.value, request);
  const { error, close } = asking.error;
  if (close !== undefined) return closedSocket(close, error.message);
  // A host reads an answer that is none of a socket, and takes it for what it is: the next try waits longer.
  if (error.code === 'RATE_LIMIT') return errorResponse(error);
  return refuseSocket(await failedAttempt(request, context.env, error));
}

const toLobby: Opens = (env, { team, claims }, request) => handOver(lobbyOf(env, team), request, claims);

function toAgent(agentId: string): Opens {
  return async (env, { team, claims }, request) => {
    const parsed = AgentIdSchema.safeParse(agentId);
    if (claims?.kind === 'member') {
      if (!parsed.success) return noAgent();
      const reached = await lobbyOf(env, team).reach(parsed.data, claims, true);
      if (!reached.ok) return refuseSocket(reached.error);
      return handOver(roomOf(env, team, reached.value.agentUid), request, reached.value.claims);
    }
    const agentUid = parsed.success ? await lobbyOf(env, team).find(parsed.data) : null;
    return agentUid === null ? unknownAgent(env, team) : handOver(roomOf(env, team, agentUid), request, null);
  };
}

function toKeepersRoom(agentUid: string): Opens {
  return async (env, { team, claims }, request) => {
    const parsed = AgentUidSchema.safeParse(agentUid);
    return parsed.success ? handOver(roomOf(env, team, parsed.data), request, claims) : noAgent();
  };
}

/** G2. Where address and query leave it open, the first frame tells, which is the door's to read: 001 until then. */
const dialectOf = ({ url }: Request): Dialect => {
  const { pathname, searchParams } = new URL(url);
  return chooseDialect(pathname, searchParams) ?? '001';
};

const notUpgrade = () => {
  const { code, number, message } = wireError('INVALID_MESSAGE', 'Upgrade: a WebSocket is needed');
  const headers = { upgrade: 'websocket' };
  return Response.json({ error: { code, number, message } }, { status: UPGRADE_REQUIRED, headers });
};

const notCanonical = () =>
  errorResponse(wireError('INVALID_MESSAGE', `Sec-WebSocket-Protocol: ${SUBPROTOCOL} is needed`));

/** Every path under /ws. Hosts always speak canonically; who else does not is the door's. */
export function socketRoutes(openDoor: OpenDoor): Hono<App> {
  const app = new Hono<App>();
  const host = (path: string, opens: (context: AppContext) => Opens) =>
    app.get(path, (context) => {
      const { headers } = context.req.raw;
      if (!isUpgrade(headers)) return notUpgrade();
      return offersCanonical(headers) ? ofHost(context, opens(context)) : notCanonical();
    });
  const viewer = (path: string, opens: (context: AppContext) => Opens) =>
    app.get(path, (context) => {
      const { raw } = context.req;
      if (!isUpgrade(raw.headers)) return notUpgrade();
      if (offersCanonical(raw.headers)) return ofMember(context, opens(context));
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
