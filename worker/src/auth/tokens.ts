import { err, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { base64url, errors, jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { OWN_ISSUER, TOKEN_KINDS, type TokenBody, type TokenKind } from './token-kinds.ts';

/** X2: a constant; the token's header has no say in it. */
const ALGORITHM = 'HS256';
const KEY_BYTES = 32;

export interface Signed {
  readonly token: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

export interface Verified<K extends TokenKind> {
  readonly body: TokenBody<K>;
  /** The token's own id: what makes a one-time token one-time. */
  readonly jti: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

/** The signing key from its text. @throws Error when it is not base64url of 32 bytes or more. */
export function signingKey(text: string): Uint8Array {
  const key = base64url.decode(text);
  if (key.length < KEY_BYTES) throw new Error('MUSTER_KEY must hold at least 32 bytes');
  return key;
}

const seconds = (ms: number) => Math.floor(ms / 1000);

/** Signs a token of one kind. `now`: ms since 1970; `lifetime`: ms, at most the kind's own. */
export async function signToken<K extends TokenKind>(
  key: Uint8Array,
  kind: K,
  body: TokenBody<K>,
  now: number,
  lifetime: number = TOKEN_KINDS[kind].lifetime,
): Promise<Signed> {
  const { typ, aud } = TOKEN_KINDS[kind];
  const issued = seconds(now);
  const expires = issued + seconds(Math.min(lifetime, TOKEN_KINDS[kind].lifetime));
  const token = await new SignJWT({ ...body })
    .setProtectedHeader({ alg: ALGORITHM, typ })
    .setIssuer(OWN_ISSUER)
    .setAudience(aud)
    .setIssuedAt(issued)
    .setNotBefore(issued)
    .setExpirationTime(expires)
    .setJti(crypto.randomUUID())
    .sign(key);
  return { token, expiresAt: expires * 1000 };
}

/** The kinds' bodies, seen so that the compiler ties each to its kind. */
const BODIES: { readonly [K in TokenKind]: z.ZodType<TokenBody<K>> } = {
  access: TOKEN_KINDS.access.body,
  refresh: TOKEN_KINDS.refresh.body,
  login: TOKEN_KINDS.login.body,
  invite: TOKEN_KINDS.invite.body,
  passkey: TOKEN_KINDS.passkey.body,
  'passkey-add': TOKEN_KINDS['passkey-add'].body,
  redirect: TOKEN_KINDS.redirect.body,
  push: TOKEN_KINDS.push.body,
  ticket: TOKEN_KINDS.ticket.body,
  enrol: TOKEN_KINDS.enrol.body,
};

const StandardSchema = z.object({ exp: z.number(), jti: z.string().min(1).max(128) });

/** X2: checks signature, algorithm, `typ`, `iss`, `aud`, `nbf`, `exp` and the body. */
export async function verifyToken<K extends TokenKind>(
  key: Uint8Array,
  kind: K,
  token: string,
  now: number,
): Promise<Result<Verified<K>, WireError>> {
  const { typ, aud } = TOKEN_KINDS[kind];
  const schema: z.ZodType<TokenBody<K>> = BODIES[kind];
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      issuer: OWN_ISSUER,
      audience: aud,
      typ,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'nbf', 'iat', 'jti', 'sub'],
    });
    const standard = StandardSchema.parse(payload);
    return ok({ body: schema.parse(payload), jti: standard.jti, expiresAt: standard.exp * 1000 });
  } catch (error) {
    return err(refusalOf(error));
  }
}

/** X2: reveals nothing about an invalid token but that it expired: the rest would only help a forger. */
export function refusalOf(error: unknown): WireError {
  if (error instanceof errors.JWTExpired) return wireError('TOKEN_EXPIRED', 'The token has expired');
  return wireError('AUTH_FAILED', 'The token is not valid');
}
