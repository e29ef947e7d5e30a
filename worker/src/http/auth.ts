import { type Member, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { attempt } from '../auth/attempts.ts';
import { readCookie } from '../auth/cookies.ts';
import { guard } from '../auth/guard.ts';
import { hashOf } from '../auth/hash.ts';
import { hasAccess } from '../auth/issuers/issuers.ts';
import { presentedToken } from '../auth/presented-token.ts';
import { signToken, verifyToken } from '../auth/tokens.ts';
import { addressOf } from '../socket/handshake.ts';
import type { App, AppContext } from './app.ts';
import { RequestError } from './errors.ts';
import { readJson } from './request-body.ts';
import { memberClaims, route, sessionMember } from './route.ts';
import { ROUTES } from './routes.ts';
import {
  countedAttempt,
  keyOf,
  lobbyOfRequest,
  newRenewal,
  requireSameTeam,
  setSessionCookies,
  signIn,
} from './sign-in.ts';

/** X3: a one-time link, once. */
async function exchange(context: AppContext): Promise<Response> {
  const { code } = await readJson(context, ROUTES['POST /api/auth/exchange'].body);
  const verified = await verifyToken(keyOf(context), 'login', code, Date.now());
  if (!verified.ok) throw new RequestError(verified.error);
  const { body, jti, expiresAt } = verified.value;
  requireSameTeam(context, body);
  const member: Member = { id: body.sub, name: body.name, role: body.role };
  const { device, refresh } = await newRenewal(context, body.sub, crypto.randomUUID());
  const login = { code: jti, expiresAt, member };
  const ask = () => lobbyOfRequest(context).people('sign-in', { login, device });
  return signIn(context, refresh, await countedAttempt(context, ask));
}

/** Whose session the refresh cookie is; null: there is none that was signed for this team. */
async function refreshCookie(context: AppContext) {
  const cookie = readCookie(context.req.raw, 'refresh');
  if (cookie === null) return null;
  const verified = await verifyToken(keyOf(context), 'refresh', cookie, Date.now());
  return { cookie, verified };
}

/** X2: a member behind Cloudflare Access renews their token there: this returns the token that Access sends. */
async function accessToken(context: AppContext): Promise<Response> {
  const { raw } = context.req;
  const brought = presentedToken(raw, hasAccess(context.env));
  if (brought?.by !== 'access')
    throw new RequestError(wireError('AUTH_FAILED', 'the refresh cookie is needed'));
  const asking = await guard(raw, context.env, Date.now());
  if (!asking.ok) throw new RequestError(asking.error);
  const { claims } = asking.value;
  if (claims?.kind !== 'member') throw new RequestError(wireError('AUTH_FAILED', 'a token is needed'));
  const { member: id, name, role, expiresAt } = claims;
  return context.json({ token: brought.token, expiresAt, member: { id, name, role } });
}

/** M11, X3: by the refresh cookie alone, which is used up by it. */
async function refresh(context: AppContext): Promise<Response> {
  const brought = await refreshCookie(context);
  if (brought === null) return accessToken(context);
  const { cookie, verified } = brought;
  if (!verified.ok) throw new RequestError(verified.error);
  const { body } = verified.value;
  requireSameTeam(context, body);
  const next = await newRenewal(context, body.sub, body.sid);
  const { generation } = body;
  const ask = {
    memberId: body.sub,
    spent: await hashOf(cookie),
    generation,
    generations: true,
    device: next.device,
  };
  const renewed = await countedAttempt(context, () => lobbyOfRequest(context).people('refresh', ask));
  const newest =
    renewed.generation === undefined
      ? next.refresh
      : await signToken(keyOf(context), 'refresh', { ...body, generation: renewed.generation }, Date.now());
  return signIn(context, newest, renewed);
}

/** Ends the session that the cookie is of, if there is one; the cookies go in any case. */
async function signOut(context: AppContext): Promise<Response> {
  const brought = await refreshCookie(context);
  setSessionCookies(context, { access: null, refresh: null });
  if (brought?.verified.ok === true && brought.verified.value.body.team === context.var.team) {
    const { sub, sid } = brought.verified.value.body;
    const by = { memberId: sub, sid, address: addressOf(context.req.raw.headers) };
    const { env } = context;
    // For an ended session there is nothing to do; a caller that repeats it too often is refused.
    const caller = by.address === null ? null : `session ${context.var.team} ${sid}`;
    await attempt(env, caller, () => lobbyOfRequest(context).people('end-sessions', { sid, by }));
  }
  return context.body(null, 204);
}

async function endSessions(context: AppContext, sid: string | null): Promise<Response> {
  const by = sessionMember(context);
  const ended = await lobbyOfRequest(context).people('end-sessions', { sid, by });
  if (!ended.ok) throw new RequestError(ended.error);
  if (sid === null || sid === by.sid) setSessionCookies(context, { access: null, refresh: null });
  return context.body(null, 204);
}

export function authRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'POST /api/auth/exchange', exchange);
  route(app, 'POST /api/auth/refresh', refresh);
  route(app, 'POST /api/auth/signout', signOut);
  route(app, 'GET /api/auth/me', (context) => {
    const { member: id, name, role, team, expiresAt, agents } = memberClaims(context);
    return context.json({ member: { id, name, role }, team, expiresAt, agents });
  });
  route(app, 'GET /api/auth/sessions', async (context) => {
    const { memberId, sid } = sessionMember(context);
    return context.json({ sessions: await lobbyOfRequest(context).people('sessions', { memberId, sid }) });
  });
  route(app, 'DELETE /api/auth/sessions', (context) => endSessions(context, null));
  route(app, 'DELETE /api/auth/sessions/:sid', (context) =>
    endSessions(context, context.req.param('sid') ?? ''),
  );
  return app;
}
