import type { Result, WireError } from '@muster/protocol';
import { Hono } from 'hono';
import type { App } from './app.ts';
import { RequestError } from './errors.ts';
import { readJson } from './request-body.ts';
import { actingMember, route } from './route.ts';
import { ROUTES } from './routes.ts';
import { lobbyOfRequest } from './sign-in.ts';

/** @throws RequestError */
export function valueOrThrow<T>(result: Result<T, WireError>): T {
  if (result.ok) return result.value;
  throw new RequestError(result.error);
}

/** The members of the team, and the rights of each (X5). */
export function memberRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/members', async (context) =>
    context.json({ members: await lobbyOfRequest(context).people('members', null) }),
  );
  route(app, 'POST /api/members', async (context) => {
    const grant = await readJson(context, ROUTES['POST /api/members'].body);
    const by = actingMember(context);
    return context.json(valueOrThrow(await lobbyOfRequest(context).people('add-member', { by, grant })), 201);
  });
  route(app, 'PATCH /api/members/:id', async (context) => {
    const change = await readJson(context, ROUTES['PATCH /api/members/:id'].body);
    const ask = { by: actingMember(context), id: context.req.param('id') ?? '', change };
    return context.json(valueOrThrow(await lobbyOfRequest(context).people('change-member', ask)));
  });
  route(app, 'DELETE /api/members/:id', async (context) => {
    const ask = { by: actingMember(context), id: context.req.param('id') ?? '' };
    valueOrThrow(await lobbyOfRequest(context).people('remove-member', ask));
    return context.body(null, 204);
  });
  return app;
}
