import { wireError } from '@muster/protocol';
import { Hono } from 'hono';
import type { TokenKind } from '../auth/kinds.ts';
import {
  challengeIn,
  checkCreated,
  checkSigned,
  creationOptions,
  placeOf,
  requestOptions,
} from '../auth/passkeys.ts';
import { signToken, verifyToken } from '../auth/tokens.ts';
import type { App, AppContext } from './app.ts';
import { DESCRIBED } from './described.ts';
import { Refused } from './errors.ts';
import { readJson } from './input.ts';
import { allowed } from './members.ts';
import { memberOf, on, personIn } from './on.ts';
import { keyOf, peopleOf, renewal, sameTeam, signIn } from './sign-in.ts';

type Challenge = Extract<TokenKind, 'passkey' | 'passkey-add'>;

const REFUSED = wireError('AUTH_FAILED', 'The passkey is not valid');

/**
 * A challenge is a token that is good for nothing but to be signed, in the 5 minutes of its kind: to ask for one wakes
 * no lobby (G3), and its use is all that is kept.
 */
async function challengeOf(context: AppContext, kind: Challenge, clientDataJSON: string) {
  const challenge = challengeIn(clientDataJSON) ?? '';
  const { body, jti, expiresAt } = allowed(await verifyToken(keyOf(context), kind, challenge, Date.now()));
  sameTeam(context, body);
  return { challenge, sub: body.sub, right: { code: jti, expiresAt } };
}

const placeIn = (context: AppContext) => allowed(placeOf(context.req.url));

async function offer(context: AppContext): Promise<Response> {
  const place = placeIn(context);
  const { memberId } = personIn(context);
  const { name } = memberOf(context);
  const existing = await peopleOf(context).people('passkeys', { memberId });
  const body = { sub: memberId, team: context.var.team };
  const { token } = await signToken(keyOf(context), 'passkey-add', body, Date.now());
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
  const known = await peopleOf(context).people('passkey', { id: signed.id });
  if (known === null) throw new Refused(REFUSED);
  const counter = allowed(await checkSigned(place, signed, challenge, known));
  const { device, refresh } = await renewal(context, known.memberId, crypto.randomUUID());
  const ask = { id: known.id, counter, right, device };
  return signIn(context, refresh, await peopleOf(context).people('sign-in-by-passkey', ask));
}

/** X3: passkeys, of one's own and to sign in by. */
export function passkeyRoutes(): Hono<App> {
  const app = new Hono<App>();
  on(app, 'POST /api/auth/passkey/options', async (context) => {
    const place = placeIn(context);
    const body = { sub: 'anyone', team: context.var.team };
    const { token } = await signToken(keyOf(context), 'passkey', body, Date.now());
    return context.json(await requestOptions(place, token));
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
