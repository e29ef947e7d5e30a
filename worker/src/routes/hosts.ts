import { HostIdSchema, LIMITS, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import * as z from 'zod';
import { signingKey, signToken, verifyToken } from '../auth/tokens.ts';
import { lobbyOf } from '../env.ts';
import type { App, AppContext } from './app.ts';
import { Refused } from './errors.ts';
import { readJson } from './input.ts';
import { memberOf, on } from './on.ts';

const EnrolSchema = z.object({
  token: z.string().min(1).max(LIMITS.tokenChars),
  name: z.string().trim().min(1, 'must not be empty').max(LIMITS.nameChars),
  /** A host that was enrolled before keeps its identity, and so its agents. */
  hostId: HostIdSchema.optional(),
});

/** X4: a one-time token buys a host its own. */
async function enrol(context: AppContext): Promise<Response> {
  const asked = await readJson(context, EnrolSchema);
  const key = signingKey(context.env.MUSTER_KEY);
  const now = Date.now();
  const verified = await verifyToken(key, 'enrol', asked.token, now);
  if (!verified.ok) throw new Refused(verified.error);
  const { body, jti, expiresAt } = verified.value;
  const { team } = context.var;
  if (body.team !== team) throw new Refused(wireError('AUTH_FAILED', 'token: is for another team'));
  const lobby = lobbyOf(context.env, team);
  if (!(await lobby.spend(jti, expiresAt)))
    throw new Refused(wireError('AUTH_FAILED', 'token: was used before'));
  const hostId = asked.hostId ?? HostIdSchema.parse(crypto.randomUUID());
  if (!(await lobby.enrol({ hostId, name: asked.name })))
    throw new Refused(wireError('RESOURCE_EXHAUSTED', 'name: the team has all the hosts it may have'));
  const host = await signToken(key, 'host', { sub: hostId, team }, now);
  return context.json({ hostId, team, ...host }, 201);
}

export function hostRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'GET /api/hosts', async (context) =>
    context.json({ hosts: await lobbyOf(context.env, context.var.team).hosts() }),
  );
  on(app, 'POST /api/hosts', enrol);
  on(app, 'POST /api/hosts/enrolment', async (context) => {
    const { member: sub, team } = memberOf(context);
    const key = signingKey(context.env.MUSTER_KEY);
    return context.json(await signToken(key, 'enrol', { sub, team }, Date.now()), 201);
  });
  return app;
}
