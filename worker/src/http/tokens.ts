import { Hono } from 'hono';
import { newApiToken } from '../auth/api-tokens.ts';
import type { App, AppContext } from './app.ts';
import { valueOrThrow } from './members.ts';
import { readJson } from './request-body.ts';
import { route, sessionMember } from './route.ts';
import { ROUTES } from './routes.ts';
import { keyOf, lobbyOfRequest } from './sign-in.ts';

async function make(context: AppContext): Promise<Response> {
  const { expiresIn, ...options } = await readJson(context, ROUTES['POST /api/tokens'].body);
  const by = sessionMember(context);
  const expiresAt = Date.now() + expiresIn;
  const { id, token, hash } = await newApiToken(keyOf(context), context.var.team, expiresAt);
  const newToken = { ...options, id, hash, expiresAt };
  const made = valueOrThrow(await lobbyOfRequest(context).people('make-token', { by, token: newToken }));
  return context.json({ ...made, token }, 201);
}

/** API tokens: for scripts, accepted wherever a member's own token is, but for the cookie. */
export function tokenRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/tokens', async (context) =>
    context.json({ tokens: await lobbyOfRequest(context).people('tokens', { by: sessionMember(context) }) }),
  );
  route(app, 'POST /api/tokens', make);
  route(app, 'DELETE /api/tokens/:id', async (context) => {
    const ask = { by: sessionMember(context), id: context.req.param('id') ?? '' };
    valueOrThrow(await lobbyOfRequest(context).people('revoke-token', ask));
    return context.body(null, 204);
  });
  return app;
}
