import { err, ok, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { readCookie, setCookie } from '../auth/cookies.ts';
import { hashOf } from '../auth/hash.ts';
import {
  challengeIn,
  checkCreated,
  checkSigned,
  creationOptions,
  relyingPartyOf,
  requestOptions,
} from '../auth/passkeys.ts';
import type { TokenBody, TokenKind } from '../auth/token-kinds.ts';
import { signToken, verifyToken } from '../auth/tokens.ts';
import { addressOf } from '../socket/handshake.ts';
import type { App, AppContext } from './app.ts';
import { RequestError } from './errors.ts';
import { valueOrThrow } from './members.ts';
import { readJson } from './request-body.ts';
import { memberClaims, route, sessionMember } from './route.ts';
import { ROUTES } from './routes.ts';
import { countedAttempt, keyOf, lobbyOfRequest, newRenewal, requireSameTeam, signIn } from './sign-in.ts';

type Challenge = Extract<TokenKind, 'passkey' | 'passkey-add'>;

/** As it was made below: 122 bits of chance. */
const SECRET = /^[0-9a-f-]{36}$/;

const REFUSED = wireError('AUTH_FAILED', 'The passkey is not valid');

/** The secret of a browser that its challenges are bound to; one for all of its pages. */
function browserIn(context: AppContext): string {
  const known = readCookie(context.req.raw, 'passkey');
  const secret = known !== null && SECRET.test(known) ? known : crypto.randomUUID();
  context.header('set-cookie', setCookie(new URL(context.req.url), 'passkey', secret), { append: true });
  return secret;
}

/**
 * A challenge is a token that is good for nothing but to be signed, by the browser that asked, in the 5 minutes of its
 * kind: to ask for one wakes no lobby (G3), and its use is all that is kept.
 */
async function newChallenge<K extends Challenge>(
  context: AppContext,
  kind: K,
  sub: TokenBody<K>['sub'],
): Promise<string> {
  const body = { sub, team: context.var.team, browser: await hashOf(browserIn(context)) };
  return (await signToken(keyOf(context), kind, body as TokenBody<K>, Date.now())).token;
}

async function challengeOf(context: AppContext, kind: Challenge, clientDataJSON: string) {
  const challenge = challengeIn(clientDataJSON) ?? '';
  const { body, jti, expiresAt } = valueOrThrow(
    await verifyToken(keyOf(context), kind, challenge, Date.now()),
  );
  requireSameTeam(context, body);
  const browser = readCookie(context.req.raw, 'passkey');
  if (browser === null || body.browser !== (await hashOf(browser))) throw new RequestError(REFUSED);
  return { challenge, sub: body.sub, right: { code: jti, expiresAt } };
}

const placeIn = (context: AppContext) => valueOrThrow(relyingPartyOf(context.req.url));

async function registrationOptions(context: AppContext): Promise<Response> {
  const place = placeIn(context);
  const { memberId } = sessionMember(context);
  const { name } = memberClaims(context);
  const existing = await lobbyOfRequest(context).people('passkeys', { memberId });
  const token = await newChallenge(context, 'passkey-add', memberId);
  return context.json(await creationOptions(place, { id: memberId, name }, token, existing));
}

async function addPasskey(context: AppContext): Promise<Response> {
  const { name, created } = await readJson(context, ROUTES['POST /api/auth/passkeys'].body);
  const by = sessionMember(context);
  const { challenge, sub, right } = await challengeOf(
    context,
    'passkey-add',
    created.response.clientDataJSON,
  );
  if (sub !== by.memberId) throw new RequestError(REFUSED);
  const passkey = { ...valueOrThrow(await checkCreated(placeIn(context), created, challenge)), name };
  return context.json(
    valueOrThrow(await lobbyOfRequest(context).people('add-passkey', { by, right, passkey })),
    201,
  );
}

async function signInByPasskey(context: AppContext): Promise<Response> {
  const { signed } = await readJson(context, ROUTES['POST /api/auth/passkey'].body);
  const place = placeIn(context);
  const { challenge, right } = await challengeOf(context, 'passkey', signed.response.clientDataJSON);
  const address = addressOf(context.req.raw.headers);
  const { known, counter } = await countedAttempt(context, async () => {
    const known = await lobbyOfRequest(context).people('passkey', { id: signed.id, right, address });
    if (known === null) return err(REFUSED);
    const checked = await checkSigned(place, signed, challenge, known);
    return checked.ok ? ok({ known, counter: checked.value }) : checked;
  });
  const { device, refresh } = await newRenewal(context, known.memberId, crypto.randomUUID());
  // The challenge is spent by now; what is checked of it counts once too.
  const ask = { id: known.id, counter, right: { ...right, code: `${right.code}:checked` }, device };
  const rights = await countedAttempt(context, () =>
    lobbyOfRequest(context).people('sign-in-by-passkey', ask),
  );
  return signIn(context, refresh, rights);
}

/** X3: passkeys, of one's own and to sign in by. */
export function passkeyRoutes(): Hono<App> {
  const app = new Hono<App>();
  route(app, 'POST /api/auth/passkey/options', async (context) => {
    const place = placeIn(context);
    return context.json(await requestOptions(place, await newChallenge(context, 'passkey', 'anyone')));
  });
  route(app, 'POST /api/auth/passkey', signInByPasskey);
  route(app, 'POST /api/auth/passkeys/options', registrationOptions);
  route(app, 'POST /api/auth/passkeys', addPasskey);
  route(app, 'GET /api/auth/passkeys', async (context) => {
    const { memberId } = sessionMember(context);
    const all = await lobbyOfRequest(context).people('passkeys', { memberId });
    const passkeys = all.map(({ id, name, createdAt, usedAt }) => ({ id, name, createdAt, usedAt }));
    return context.json({ passkeys });
  });
  route(app, 'DELETE /api/auth/passkeys/:id', async (context) => {
    const ask = { by: sessionMember(context), id: context.req.param('id') ?? '' };
    valueOrThrow(await lobbyOfRequest(context).people('remove-passkey', ask));
    return context.body(null, 204);
  });
  return app;
}
