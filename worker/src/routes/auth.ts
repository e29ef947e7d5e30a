import { type Member, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { attempt } from '../auth/attempts.ts';
import { readCookie } from '../auth/cookies.ts';
import { guard } from '../auth/guard.ts';
import { hashOf } from '../auth/hash.ts';
import { hasAccess } from '../auth/issuers/issuers.ts';
import { presented } from '../auth/presented.ts';
import { signToken, verifyToken } from '../auth/tokens.ts';
import { addressOf } from '../socket/handshake.ts';
import type { App, AppContext } from './app.ts';
import { DESCRIBED } from './described.ts';
import { Refused } from './errors.ts';
import { readJson } from './input.ts';
import { memberOf, on, personIn } from './on.ts';
import { attempted, keepCookies, keyOf, peopleOf, renewal, sameTeam, signIn } from './sign-in.ts';

/** X3: a one-time link, once. */
async function exchange(context: AppContext): Promise<Response> {
  const { code } = await readJson(context, DESCRIBED['POST /api/auth/exchange'].body);
  const verified = await verifyToken(keyOf(context), 'login', code, Date.now());
  if (!verified.ok) throw new Refused(verified.error);
  const { body, jti, expiresAt } = verified.value;
  sameTeam(context, body);
  const member: Member = { id: body.sub, name: body.name, role: body.role };
  const { device, refresh } = await renewal(context, body.sub, crypto.randomUUID());
  const login = { code: jti, expiresAt, member };
  const ask = () => peopleOf(context).people('sign-in', { login, device });
  return signIn(context, refresh, await attempted(context, ask));
}

/** Whose session the refresh cookie is; null: there is none that was signed for this team. */
async function cookieOf(context: AppContext) {
  const cookie = readCookie(context.req.raw, 'refresh');
  if (cookie === null) return null;
  const verified = await verifyToken(keyOf(context), 'refresh', cookie, Date.now());
  return { cookie, verified };
}

/** X2: whom Cloudflare Access lets in renews himself there: the token is the one that it sends. */
async function sentByAccess(context: AppContext): Promise<Response> {
  const { raw } = context.req;
  const brought = presented(raw, hasAccess(context.env));
  if (brought?.by !== 'access') throw new Refused(wireError('AUTH_FAILED', 'the refresh cookie is needed'));
  const asking = await guard(raw, context.env, Date.now());
  if (!asking.ok) throw new Refused(asking.error);
  const { claims } = asking.value;
  if (claims?.kind !== 'member') throw new Refused(wireError('AUTH_FAILED', 'a token is needed'));
  const { member: id, name, role, expiresAt } = claims;
  return context.json({ token: brought.token, expiresAt, member: { id, name, role } });
}

/** M11, X3: by the refresh cookie alone, which is used up by it. */
async function refresh(context: AppContext): Promise<Response> {
  const brought = await cookieOf(context);
  if (brought === null) return sentByAccess(context);
  const { cookie, verified } = brought;
  if (!verified.ok) throw new Refused(verified.error);
  const { body } = verified.value;
  sameTeam(context, body);
  const next = await renewal(context, body.sub, body.sid);
  const { generation } = body;
  const ask = {
    memberId: body.sub,
    spent: await hashOf(cookie),
    generation,
    generations: true,
    device: next.device,
  };
  const renewed = await attempted(context, () => peopleOf(context).people('refresh', ask));
  const newest =
    renewed.generation === undefined
      ? next.refresh
      : await signToken(keyOf(context), 'refresh', { ...body, generation: renewed.generation }, Date.now());
  return signIn(context, newest, renewed);
}

/** Ends the session that the cookie is of, if there is one; the cookies go in any case. */
async function signOut(context: AppContext): Promise<Response> {
  const brought = await cookieOf(context);
  keepCookies(context, { access: null, refresh: null });
  if (brought?.verified.ok === true && brought.verified.value.body.team === context.var.team) {
    const { sub, sid } = brought.verified.value.body;
    const by = { memberId: sub, sid, address: addressOf(context.req.raw.headers) };
    const { env } = context;
    // Of a session that has ended there is nothing to say: who asks so often is not heard.
    const caller = by.address === null ? null : `session ${context.var.team} ${sid}`;
    await attempt(env, caller, () => peopleOf(context).people('end-sessions', { sid, by }));
  }
  return context.body(null, 204);
}

async function endSessions(context: AppContext, sid: string | null): Promise<Response> {
  const by = personIn(context);
  const ended = await peopleOf(context).people('end-sessions', { sid, by });
  if (!ended.ok) throw new Refused(ended.error);
  if (sid === null || sid === by.sid) keepCookies(context, { access: null, refresh: null });
  return context.body(null, 204);
}

export function authRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'POST /api/auth/exchange', exchange);
  on(app, 'POST /api/auth/refresh', refresh);
  on(app, 'POST /api/auth/signout', signOut);
  on(app, 'GET /api/auth/me', (context) => {
    const { member: id, name, role, team, expiresAt, agents } = memberOf(context);
    return context.json({ member: { id, name, role }, team, expiresAt, agents });
  });
  on(app, 'GET /api/auth/sessions', async (context) => {
    const { memberId, sid } = personIn(context);
    return context.json({ sessions: await peopleOf(context).people('sessions', { memberId, sid }) });
  });
  on(app, 'DELETE /api/auth/sessions', (context) => endSessions(context, null));
  on(app, 'DELETE /api/auth/sessions/:sid', (context) =>
    endSessions(context, context.req.param('sid') ?? ''),
  );
  return app;
}
