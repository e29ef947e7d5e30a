import { randomBytes, sign } from 'node:crypto';
import type { HostFile } from './files.ts';

/** X4: how long the server takes an assertion, s. */
const LIFETIME_S = 60;

type Signer = Pick<HostFile, 'server' | 'hostId' | 'key'>;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * X4: proves to the server, once and for the address that is dialled, that this process may speak for its host. `path`:
 * of the address; `now`: ms since 1970; `enrols`: the public key that an enrolment is for. By hand: a library would be a megabyte in each of a hundred keepers (F11).
 */
export function assertion(
  { server, hostId, key }: Signer,
  path: string,
  now: number,
  enrols?: { readonly key: string },
): string {
  const iat = Math.floor(now / 1000);
  const aud = new URL(path, server).origin + path;
  const jti = randomBytes(16).toString('base64url');
  const body = { sub: hostId, aud, iat, exp: iat + LIFETIME_S, jti, ...enrols };
  const text = `${encode({ alg: 'EdDSA', typ: 'host+jwt' })}.${encode(body)}`;
  const signature = sign(null, Buffer.from(text), { key, format: 'jwk' });
  return `${text}.${signature.toString('base64url')}`;
}
