import { type HostId, HostIdSchema } from '@muster/protocol';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

const ALGORITHM = 'EdDSA';
const keys = new Map<HostId, ReturnType<typeof generateKeyPair>>();

export const newHostId = () => HostIdSchema.parse(crypto.randomUUID());

/** Of a test's host: each has one, made when it is first needed. */
function keyOf(hostId: HostId): ReturnType<typeof generateKeyPair> {
  const known = keys.get(hostId) ?? generateKeyPair(ALGORITHM, { extractable: true });
  keys.set(hostId, known);
  return known;
}

/** From now on it has another. */
export const changeKey = (hostId: HostId): boolean => keys.delete(hostId);

/** The `x` of its public half. */
export async function publicKeyOf(hostId: HostId): Promise<string> {
  const { x } = await exportJWK((await keyOf(hostId)).publicKey);
  return String(x);
}

export interface Forged {
  readonly header?: Record<string, unknown>;
  readonly body?: { readonly [K in keyof JWTPayload]?: JWTPayload[K] | undefined };
  /** Whose key signs it. */
  readonly signer?: HostId;
}

/** What a host dials with, right in everything that is not forged. `address`: with its origin. */
export async function assertionOf(
  hostId: HostId,
  address: string,
  now = Date.now(),
  { header, body, signer = hostId }: Forged = {},
): Promise<string> {
  const iat = Math.floor(now / 1000);
  // What is undefined is left out.
  const payload = { sub: hostId, aud: address, iat, exp: iat + 60, jti: crypto.randomUUID(), ...body };
  return new SignJWT(payload as JWTPayload)
    .setProtectedHeader({ alg: ALGORITHM, typ: 'host+jwt', ...header })
    .sign((await keyOf(signer)).privateKey);
}
