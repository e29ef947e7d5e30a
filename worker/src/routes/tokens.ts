import { Hono } from 'hono';
import { newApiToken } from '../auth/api-tokens.ts';
import type { App, AppContext } from './app.ts';
import { DESCRIBED } from './described.ts';
import { readJson } from './input.ts';
import { allowed } from './members.ts';
import { on, personIn } from './on.ts';
import { keyOf, peopleOf } from './sign-in.ts';

async function make(context: AppContext): Promise<Response> {
  const { expiresIn, ...wish } = await readJson(context, DESCRIBED['POST /api/tokens'].body);
  const by = personIn(context);
  const expiresAt = Date.now() + expiresIn;
  const { id, token, hash } = await newApiToken(keyOf(context), context.var.team, expiresAt);
  const asked = { ...wish, id, hash, expiresAt };
  const made = allowed(await peopleOf(context).people('make-token', { by, token: asked }));
  return context.json({ ...made, token }, 201);
}

/** API tokens: for scripts, accepted wherever a member's own token is, but for the cookie. */
export function tokenRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/tokens', async (context) =>
    context.json({ tokens: await peopleOf(context).people('tokens', { by: personIn(context) }) }),
  );
  on(app, 'POST /api/tokens', make);
  on(app, 'DELETE /api/tokens/:id', async (context) => {
    const ask = { by: personIn(context), id: context.req.param('id') ?? '' };
    allowed(await peopleOf(context).people('revoke-token', ask));
    return context.body(null, 204);
  });
  return app;
}
