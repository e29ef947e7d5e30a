import {
  EmailSchema,
  err,
  MemberIdSchema,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod';
import type { Identity } from '../../rpc.ts';
import { hashOf } from '../hash.ts';
import { refusalOf } from '../tokens.ts';
import { IssuerUnavailable } from './cached-response.ts';
import { remoteKeys } from './keys.ts';
import type { Issuer } from './settings.ts';

/** How far the clocks of two servers may be apart, s. */
export const SKEW = 60;
const NAME_CHARS = 100;
const ID_DIGITS = 32;

const ClaimsSchema = z.object({
  sub: z.string().min(1).max(500),
  exp: z.number(),
  email: EmailSchema.optional().catch(undefined),
  /** Some issuers send it as text. */
  email_verified: z
    .union([z.literal(true), z.literal('true')])
    .optional()
    .catch(undefined),
  name: z.string().trim().min(1).optional().catch(undefined),
});
type Claims = z.infer<typeof ClaimsSchema>;

export interface VerifiedClaims {
  readonly identity: Identity;
  /** The token as what it starts: the same for the same signed words, however its signature is written. */
  readonly sid: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

/** The issuer that a token claims to be from, unverified; null: it claims none. */
export function issuerClaimed(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null;
  } catch {
    return null;
  }
}

/** X2: with the one algorithm and key of the configuration; `iss`, `aud`, `exp` and `nbf` with a minute of skew. */
async function verifySignature(issuer: Issuer, token: string, now: number): Promise<JWTPayload> {
  const options = {
    issuer: issuer.issuer,
    audience: issuer.audience,
    currentDate: new Date(now),
    clockTolerance: SKEW,
    requiredClaims: ['exp', 'sub'],
  };
  if (issuer.kind === 'secret') {
    const key = new TextEncoder().encode(issuer.secret);
    return (await jwtVerify(token, key, { ...options, algorithms: ['HS256'] })).payload;
  }
  const keys = remoteKeys(issuer.jwks);
  return (await jwtVerify(token, keys, { ...options, algorithms: [issuer.algorithm] })).payload;
}

/** X20: with `domains`, people with a verified e-mail address in one of them. */
const mayCome = ({ domains }: Issuer, address: string | null): boolean =>
  domains === undefined || domains.includes(address?.split('@').at(-1)?.toLowerCase() ?? '');

async function identityOf(issuer: Issuer, claims: Claims): Promise<Identity> {
  const { sub, email, email_verified, name } = claims;
  const isVerified = issuer.verifiesEmails || email_verified !== undefined;
  const address = isVerified && email !== undefined ? email : null;
  const ownId = await hashOf(`${issuer.issuer}\n${sub}`);
  return {
    issuer: issuer.issuer,
    ownId: MemberIdSchema.parse(`ext-${ownId.slice(0, ID_DIGITS)}`),
    name: (name ?? address ?? sub).slice(0, NAME_CHARS),
    email: address,
    mapped: issuer.subjects.get(sub) ?? issuer.emails.get(address ?? '') ?? null,
    newcomers: mayCome(issuer, address) ? (issuer.newcomers ?? null) : null,
  };
}

/** Verifies an issuer's token and reads the identity in it. */
export async function verifyClaims(
  issuer: Issuer,
  token: string,
  now: number,
): Promise<Result<VerifiedClaims, WireError>> {
  try {
    const claims = ClaimsSchema.parse(await verifySignature(issuer, token, now));
    const signed = token.slice(0, token.lastIndexOf('.'));
    const sid = await hashOf(signed);
    return ok({ identity: await identityOf(issuer, claims), sid, expiresAt: (claims.exp + SKEW) * 1000 });
  } catch (error) {
    const isAway = error instanceof IssuerUnavailable || error instanceof errors.JWKSTimeout;
    return err(
      isAway ? wireError('SERVICE_UNAVAILABLE', "the issuer's keys cannot be had now") : refusalOf(error),
    );
  }
}
