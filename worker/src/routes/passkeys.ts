import { err, ok, wireError } from '@muster/protocol';
import { Hono } from 'hono';
import { readCookie, setCookie } from '../auth/cookies.ts';
import { hashOf } from '../auth/hash.ts';
import type { TokenBody, TokenKind } from '../auth/kinds.ts';
import {
  challengeIn,
  checkCreated,
  checkSigned,
  creationOptions,
  placeOf,
  requestOptions,
} from '../auth/passkeys.ts';
import { signToken, verifyToken } from '../auth/tokens.ts';
import { addressOf } from '../socket/handshake.ts';
import type { App, AppContext } from './app.ts';
import { DESCRIBED } from './described.ts';
import { Refused } from './errors.ts';
import { readJson } from './input.ts';
import { allowed } from './members.ts';
import { memberOf, on, personIn } from './on.ts';
import { attempted, keyOf, peopleOf, renewal, sameTeam, signIn } from './sign-in.ts';

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
  const { body, jti, expiresAt } = allowed(await verifyToken(keyOf(context), kind, challenge, Date.now()));
  sameTeam(context, body);
  const browser = readCookie(context.req.raw, 'passkey');
  if (browser === null || body.browser !== (await hashOf(browser))) throw new Refused(REFUSED);
  return { challenge, sub: body.sub, right: { code: jti, expiresAt } };
}

const placeIn = (context: AppContext) => allowed(placeOf(context.req.url));

async function offer(context: AppContext): Promise<Response> {
  const place = placeIn(context);
  const { memberId } = personIn(context);
  const { name } = memberOf(context);
  const existing = await peopleOf(context).people('passkeys', { memberId });
  const token = await newChallenge(context, 'passkey-add', memberId);
  return context.json(await creationOptions(place, { id: memberId, name }, token, existing));
}

async function add(context: AppContext): Promise<Response> {
  const { name, created } = await readJson(context, DESCRIBED['POST /api/auth/passkeys'].body);
  const by = personIn(context);
  const { challenge, sub, right } = await challengeOf(
    context,
    'passkey-add',
    created.response.clientDataJSON,
  );
  if (sub !== by.memberId) throw new Refused(REFUSED);
  const passkey = { ...allowed(await checkCreated(placeIn(context), created, challenge)), name };
  return context.json(allowed(await peopleOf(context).people('add-passkey', { by, right, passkey })), 201);
}

async function enter(context: AppContext): Promise<Response> {
  const { signed } = await readJson(context, DESCRIBED['POST /api/auth/passkey'].body);
  const place = placeIn(context);
  const { challenge, right } = await challengeOf(context, 'passkey', signed.response.clientDataJSON);
  const address = addressOf(context.req.raw.headers);
  const { known, counter } = await attempted(context, async () => {
    const known = await peopleOf(context).people('passkey', { id: signed.id, right, address });
    if (known === null) return err(REFUSED);
    const checked = await checkSigned(place, signed, challenge, known);
    return checked.ok ? ok({ known, counter: checked.value }) : checked;
  });
  const { device, refresh } = await renewal(context, known.memberId, crypto.randomUUID());
  // The challenge is spent by now; what is checked of it counts once too.
  const ask = { id: known.id, counter, right: { ...right, code: `${right.code}:checked` }, device };
  const standing = await attempted(context, () => peopleOf(context).people('sign-in-by-passkey', ask));
  return signIn(context, refresh, standing);
}

/** X3: passkeys, of one's own and to sign in by. */
export function passkeyRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'POST /api/auth/passkey/options', async (context) => {
    const place = placeIn(context);
    return context.json(await requestOptions(place, await newChallenge(context, 'passkey', 'anyone')));
  });
  on(app, 'POST /api/auth/passkey', enter);
  on(app, 'POST /api/auth/passkeys/options', offer);
  on(app, 'POST /api/auth/passkeys', add);
  on(app, 'GET /api/auth/passkeys', async (context) => {
    const { memberId } = personIn(context);
    const all = await peopleOf(context).people('passkeys', { memberId });
    const passkeys = all.map(({ id, name, createdAt, usedAt }) => ({ id, name, createdAt, usedAt }));
    return context.json({ passkeys });
  });
  on(app, 'DELETE /api/auth/passkeys/:id', async (context) => {
    const ask = { by: personIn(context), id: context.req.param('id') ?? '' };
    allowed(await peopleOf(context).people('remove-passkey', ask));
    return context.body(null, 204);
  });
  return app;
}
