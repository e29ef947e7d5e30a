import { type TeamId, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { readCookie, setCookie } from '../auth/cookies.ts';
import type { TokenBody } from '../auth/kinds.ts';
import { signingKey, signToken, verifyToken } from '../auth/tokens.ts';
import { lobbyOf } from '../env.ts';
import type { App, AppContext } from './app.ts';
import { DESCRIBED } from './described.ts';
import { Refused } from './errors.ts';
import { readJson } from './input.ts';
import { memberOf, on } from './on.ts';
import { entryOf } from './record.ts';

/** New cookies, and the token itself for whoever authenticates by message. */
async function signIn(context: AppContext, body: TokenBody<'access'>): Promise<Response> {
  const now = Date.now();
  const key = signingKey(context.env.MUSTER_KEY);
  const url = new URL(context.req.url);
  const access = await signToken(key, 'access', body, now);
  const refresh = await signToken(key, 'refresh', body, now);
  context.header('set-cookie', setCookie(url, 'access', access.token), { append: true });
  context.header('set-cookie', setCookie(url, 'refresh', refresh.token), { append: true });
  const member = { id: body.sub, name: body.name, role: body.role };
  return context.json({ ...access, member });
}

const sameTeam = (team: TeamId, body: { readonly team: TeamId }) => {
  if (body.team !== team) throw new Refused(wireError('AUTH_FAILED', 'token: is for another team'));
};

/** X3: a one-time link, once. */
async function exchange(context: AppContext): Promise<Response> {
  const { code } = await readJson(context, DESCRIBED['POST /api/auth/exchange'].body);
  const key = signingKey(context.env.MUSTER_KEY);
  const login = await verifyToken(key, 'login', code, Date.now());
  if (!login.ok) throw new Refused(login.error);
  const { body, jti, expiresAt } = login.value;
  sameTeam(context.var.team, body);
  const lobby = lobbyOf(context.env, body.team);
  const actor = { id: body.sub, name: body.name, role: body.role };
  const reused = wireError('AUTH_FAILED', 'code: was used before');
  const error = (await lobby.spend(jti, expiresAt)) ? undefined : reused;
  await lobby.note(entryOf(context, actor, { action: 'member:signin' }, error));
  if (error !== undefined) throw new Refused(error);
  return signIn(context, { ...body, sid: crypto.randomUUID() });
}

/** M11: by the refresh cookie alone. */
async function refresh(context: AppContext): Promise<Response> {
  const cookie = readCookie(context.req.raw, 'refresh');
  if (cookie === null) throw new Refused(wireError('AUTH_FAILED', 'the refresh cookie is needed'));
  const verified = await verifyToken(signingKey(context.env.MUSTER_KEY), 'refresh', cookie, Date.now());
  if (!verified.ok) throw new Refused(verified.error);
  sameTeam(context.var.team, verified.value.body);
  return signIn(context, verified.value.body);
}

export function authRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'POST /api/auth/exchange', exchange);
  on(app, 'POST /api/auth/refresh', refresh);
  on(app, 'POST /api/auth/signout', (context) => {
    const url = new URL(context.req.url);
    for (const cookie of ['access', 'refresh'] as const)
      context.header('set-cookie', setCookie(url, cookie, null), { append: true });
    return context.body(null, 204);
  });
  on(app, 'GET /api/auth/me', (context) => {
    const { member: id, name, role, team, expiresAt } = memberOf(context);
    return context.json({ member: { id, name, role }, team, expiresAt });
  });
  return app;
}
