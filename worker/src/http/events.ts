import { type AgentId, ClientIdSchema, POLLED_TYPE } from '@muster/protocol';
import { Hono } from 'hono';
import { lineOf } from '../env.ts';
import type { Poll } from '../rpc.ts';
import { addressOf } from '../socket/handshake.ts';
import { agentIdOf } from './agents.ts';
import type { App, AppContext } from './app.ts';
import { errorResponse } from './errors.ts';
import { positionOf } from './position.ts';
import { memberClaims, route } from './route.ts';
import type { QueryOf } from './routes.ts';

type PollQuery = QueryOf<'GET /api/events'> & Pick<Poll, 'read'>;

/** The options of a read. With none, a line waits for `subscribe:agent`; a single poll always reads. */
function readOf({ line, after, history }: QueryOf<'GET /api/agents/:agentId/events'>): Pick<Poll, 'read'> {
  if (line !== undefined && after === undefined && history === undefined) return {};
  const from = after === undefined ? {} : { after: positionOf(after) };
  return { read: { ...from, ...(history === undefined ? {} : { history }) } };
}

async function poll(context: AppContext, agentId: AgentId | null, query: PollQuery): Promise<Response> {
  const { line = crypto.randomUUID(), client, features, got, wait, read } = query;
  const claims = memberClaims(context);
  const answer = await lineOf(context.env, claims, line).poll({
    claims,
    agentId,
    clientId: client ?? ClientIdSchema.parse(line),
    address: addressOf(context.req.raw.headers),
    wait,
    once: query.line === undefined,
    ...(features === undefined ? {} : { features }),
    ...(got === undefined ? {} : { got }),
    ...(read === undefined ? {} : { read }),
  });
  if (!answer.ok) return errorResponse(answer.error);
  return new Response(answer.value, { headers: { 'content-type': POLLED_TYPE } });
}

/** G5: the socket's frames, for clients without sockets. */
export function eventRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/events', (context, query) => poll(context, null, query));
  route(app, 'GET /api/agents/:agentId/events', (context, query) =>
    poll(context, agentIdOf(context), { ...query, ...readOf(query) }),
  );
  route(app, 'DELETE /api/events', async (context, { line }) => {
    await lineOf(context.env, memberClaims(context), line).hangUp();
    return context.body(null, 204);
  });
  return app;
}
