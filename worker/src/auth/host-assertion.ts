import {
  err,
  type HostId,
  HostIdSchema,
  LIMITS,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import * as z from 'zod';
import { refusalOf } from './tokens.ts';

/** X2: chosen by us: a host has an Ed25519 key and nothing else. */
const ALGORITHM = 'EdDSA';
const TYP = 'host+jwt';
/** X4: how long an assertion may be good for, s. */
const LIFETIME = 60;
/** How far a host's clock may be from ours, either way, s. */
const CLOCK_SKEW = 60;

/** The public half of a host's key (RFC 8037). A private half is refused: it has no business here. */
export const HostKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  /** 32 bytes. */
  x: z.string().regex(/^[\w-]{43}$/, 'must be 32 bytes as base64url'),
});

const HeaderSchema = z.object({ alg: z.literal(ALGORITHM), typ: z.literal(TYP) });
const BodySchema = z.object({
  sub: HostIdSchema,
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
  jti: z.string().min(1).max(LIMITS.messageIdChars),
  /** X15: the `x` of the key that the host is to have from now on. */
  key: z.string().optional(),
});

/** An assertion of the right form and for this audience. Its signature is not verified yet. */
export interface UnverifiedAssertion {
  readonly hostId: HostId;
  readonly token: string;
  /** X15: in an enrolment, the key that it is for. */
  readonly key?: string | undefined;
}

const invalid = wireError('AUTH_FAILED', 'The proof of this host is not valid');

/**
 * G3, X4: checks everything that needs no key, so that an invalid assertion wakes no object. `audiences`: the
 * dialled address by each of our origins, without query.
 */
export function readAssertion(
  token: string,
  audiences: readonly string[],
): Result<UnverifiedAssertion, WireError> {
  try {
    HeaderSchema.parse(decodeProtectedHeader(token));
    const { sub, aud, iat, exp, key } = BodySchema.parse(decodeJwt(token));
    if (!audiences.includes(aud) || exp - iat > LIFETIME) return err(invalid);
    return ok({ hostId: sub, token, key });
  } catch {
    return err(invalid);
  }
}

/** X2, X4: checks the signature by the host's `publicKey` (`x`), and its time. `now`: ms since 1970. */
export async function verifyAssertion(
  { token, hostId }: UnverifiedAssertion,
  publicKey: string,
  audiences: readonly string[],
  now: number,
): Promise<Result<null, WireError>> {
  try {
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey }, ALGORITHM);
    await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      typ: TYP,
      subject: hostId,
      audience: [...audiences],
      currentDate: new Date(now),
      clockTolerance: CLOCK_SKEW,
      maxTokenAge: LIFETIME,
      requiredClaims: ['exp', 'jti'],
    });
    return ok(null);
  } catch (error) {
    return err(refusalOf(error));
  }
}
