import type { Result, WireError } from '@muster/protocol';
import { Hono } from 'hono';
import type { App } from './app.ts';
import { DESCRIBED } from './described.ts';
import { Refused } from './errors.ts';
import { readJson } from './input.ts';
import { actingIn, on } from './on.ts';
import { peopleOf } from './sign-in.ts';

/** @throws Refused */
export function allowed<T>(result: Result<T, WireError>): T {
  if (result.ok) return result.value;
  throw new Refused(result.error);
}

/** Who is in the team, and what each may do (X5). */
export function memberRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/members', async (context) =>
    context.json({ members: await peopleOf(context).people('members', null) }),
  );
  on(app, 'POST /api/members', async (context) => {
    const grant = await readJson(context, DESCRIBED['POST /api/members'].body);
    const by = actingIn(context);
    return context.json(allowed(await peopleOf(context).people('add-member', { by, grant })), 201);
  });
  on(app, 'PATCH /api/members/:id', async (context) => {
    const change = await readJson(context, DESCRIBED['PATCH /api/members/:id'].body);
    const ask = { by: actingIn(context), id: context.req.param('id') ?? '', change };
    return context.json(allowed(await peopleOf(context).people('change-member', ask)));
  });
  on(app, 'DELETE /api/members/:id', async (context) => {
    const ask = { by: actingIn(context), id: context.req.param('id') ?? '' };
    allowed(await peopleOf(context).people('remove-member', ask));
    return context.body(null, 204);
  });
  return app;
}
