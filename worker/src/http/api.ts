import { Hono } from 'hono';
import { bringsToken, failedAttempt } from '../auth/attempts.ts';
import { agentRoutes } from './agents.ts';
import type { App } from './app.ts';
import { auditRoutes } from './audit.ts';
import { authRoutes } from './auth.ts';
import { commandRoutes } from './commands.ts';
import { conversationRoutes } from './conversations.ts';
import { docsRoutes } from './docs.ts';
import { errorResponse, onError, RequestError } from './errors.ts';
import { eventRoutes } from './events.ts';
import { fileRoutes } from './files.ts';
import { healthRoutes, settingsError } from './health.ts';
import { historyRoutes } from './history.ts';
import { hostRoutes } from './hosts.ts';
import { inboxRoutes } from './inbox.ts';
import { invitationRoutes } from './invitations.ts';
import { issuerRoutes } from './issuers.ts';
import { memberRoutes } from './members.ts';
import { messageRoutes } from './messages.ts';
import { passkeyRoutes } from './passkeys.ts';
import { permissionRoutes } from './permissions.ts';
import { pushRoutes } from './push.ts';
import { ROUTES } from './routes.ts';
import { type PlainSocketHandler, socketRoutes } from './sockets.ts';
import { tokenRoutes } from './tokens.ts';

/** X12, for answers that are data and no page: nothing may be loaded, framed, guessed or kept. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const SWITCHING = 101;
const UNAUTHORIZED = 401;

const noRoute = { error: { code: 'UNSUPPORTED_TYPE', number: 4002, message: 'there is no such route' } };

/** Routes whose body carries the credential. */
const ATTEMPTS = new Set(
  Object.entries(ROUTES).flatMap(([route, { bucket }]) => (bucket === 'attempt' ? [route] : [])),
);

/** Whether a request brought something to be let in by that a browser does not add by itself. */
const bringsCredentials = (request: Request): boolean =>
  bringsToken(request) || ATTEMPTS.has(`${request.method} ${new URL(request.url).pathname}`);

/** Everything the Worker answers. */
export function makeApi(openDoor: PlainSocketHandler): Hono<App> {
  const api = new Hono<App>();
  api.use('*', async (context, next) => {
    await next();
    // The 101 of a socket is not ours to change.
    if (context.res.status === SWITCHING) return;
    for (const [name, value] of Object.entries(HEADERS))
      if (!context.res.headers.has(name)) context.header(name, value);
  });
  // L: within the one above, so that this refusal has its headers too.
  api.use('/api/*', async (context, next) => {
    await next();
    const { error, env, req } = context;
    if (
      context.res.status !== UNAUTHORIZED ||
      !(error instanceof RequestError) ||
      !bringsCredentials(req.raw)
    )
      return;
    const counted = await failedAttempt(req.raw, env, error.wire);
    if (counted !== error.wire) context.res = errorResponse(counted);
  });
  // X20: within the ones above, too.
  api.use('*', async (context, next) => settingsError(context.env, context.req.url) ?? next());
  for (const routes of [
    healthRoutes(),
    authRoutes(),
    memberRoutes(),
    invitationRoutes(),
    passkeyRoutes(),
    issuerRoutes(),
    tokenRoutes(),
    agentRoutes(),
    commandRoutes(),
    conversationRoutes(),
    fileRoutes(),
    permissionRoutes(),
    hostRoutes(),
    inboxRoutes(),
    pushRoutes(),
    historyRoutes(),
    eventRoutes(),
    messageRoutes(),
    auditRoutes(),
    docsRoutes(),
    socketRoutes(openDoor),
  ])
    api.route('/', routes);
  api.onError(onError);
  api.notFound((context) => context.json(noRoute, 404));
  return api;
}
