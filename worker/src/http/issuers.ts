import { ok, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { readCookie, setCookie } from '../auth/cookies.ts';
import { redirectIssuersFor } from '../auth/issuers/issuers.ts';
import { beginRedirect, finishRedirect } from '../auth/issuers/redirect.ts';
import type { RedirectIssuer } from '../auth/issuers/settings.ts';
import { signToken, verifyToken } from '../auth/tokens.ts';
import type { App, AppContext } from './app.ts';
import { RequestError } from './errors.ts';
import { valueOrThrow } from './members.ts';
import { readJson } from './request-body.ts';
import { route } from './route.ts';
import { ROUTES } from './routes.ts';
import { countedAttempt, keyOf, lobbyOfRequest, newRenewal, signIn } from './sign-in.ts';

const NO_ISSUER = wireError('NOT_FOUND', 'Nobody can sign in there', { field: 'issuer' });
const NOT_BEGUN = wireError('AUTH_FAILED', 'this sign-in was not begun here, or too long ago; begin again');

/** The page that issuers send browsers back to. Its own request then brings what came: that carries our cookies. */
const pageOf = (context: AppContext) => `${new URL(context.req.url).origin}/signin`;

/** @throws RequestError */
function issuerIn(context: AppContext, name: string): RedirectIssuer {
  const found = redirectIssuersFor(context.env, context.var.team).find(({ issuer }) => issuer === name);
  if (found === undefined) throw new RequestError(NO_ISSUER);
  return found;
}

function setFlowCookie(context: AppContext, token: string | null): void {
  context.header('set-cookie', setCookie(new URL(context.req.url), 'redirect', token), { append: true });
}

/** X3: wakes no lobby (G3): what it is begun with is kept by the browser, signed. */
async function beginSignIn(context: AppContext): Promise<Response> {
  const { issuer: name } = await readJson(context, ROUTES['POST /api/auth/issuer/options'].body);
  const issuer = issuerIn(context, name);
  const { address, flow } = valueOrThrow(await beginRedirect(issuer, pageOf(context)));
  const body = { ...flow, sub: issuer.issuer, team: context.var.team };
  setFlowCookie(context, (await signToken(keyOf(context), 'redirect', body, Date.now())).token);
  return context.json({ address });
}

async function finishSignIn(context: AppContext): Promise<Response> {
  const { returned: query } = await readJson(context, ROUTES['POST /api/auth/issuer'].body);
  const cookie = readCookie(context.req.raw, 'redirect');
  setFlowCookie(context, null);
  const begun = cookie === null ? null : await verifyToken(keyOf(context), 'redirect', cookie, Date.now());
  if (begun?.ok !== true || begun.value.body.redirect !== pageOf(context)) throw new RequestError(NOT_BEGUN);
  const { body, jti, expiresAt: until } = begun.value;
  // The address that issuers know names no team.
  context.set('team', body.team);
  const issuer = issuerIn(context, body.sub);
  const { identity, sid, expiresAt, memberId } = await countedAttempt(context, async () => {
    const back = await finishRedirect(issuer, body, query, Date.now());
    if (!back.ok) return back;
    const { identity } = back.value;
    const member = await lobbyOfRequest(context).people('recognised', { identity });
    return member.ok ? ok({ ...back.value, memberId: member.value }) : member;
  });
  const { device, refresh } = await newRenewal(context, memberId, crypto.randomUUID());
  const flow = { code: jti, expiresAt: until };
  const ask = { identity, memberId, right: { code: sid, expiresAt }, flow, device };
  const rights = await countedAttempt(context, () =>
    lobbyOfRequest(context).people('sign-in-by-issuer', ask),
  );
  return signIn(context, refresh, rights);
}

/** X2, X3: signing in at an issuer's own page. */
export function issuerRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'GET /api/auth/issuers', (context) => {
    const all = redirectIssuersFor(context.env, context.var.team);
    return context.json({ issuers: all.map(({ issuer, signIn: { name } }) => ({ issuer, name })) });
  });
  route(app, 'POST /api/auth/issuer/options', beginSignIn);
  route(app, 'POST /api/auth/issuer', finishSignIn);
  return app;
}
