import { Hono } from 'hono';
import { lobbyOf } from '../env.ts';
import type { App } from './app.ts';
import { limitsOf, route } from './route.ts';

/** C7: the requests of all agents that the member may see. */
export function inboxRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/permissions', async (context, { state, before, limit }) => {
    const lobby = lobbyOf(context.env, context.var.team);
    const { requests, next } = await lobby.permissions(limitsOf(context), { before, limit });
    return context.json({ permissions: requests.map((head) => ({ ...head, state })), next });
  });
  return app;
}
