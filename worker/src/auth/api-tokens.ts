import { err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { base64url } from 'jose';
import { hashOf } from './hash.ts';

const SECRET_BYTES = 32;
const CHECK_BYTES = 8;
/**
 * `mst_<id>_<expiry>_<secret>`: when it ends, s since 1970 as base 36; 43 characters of chance, and 11 that say whether
 * the server has made all of it. Tokens of 0.1.0 have no expiry of their own.
 */
const FORM = /^mst_([0-9a-f]{16})_(?:([0-9a-z]{6,9})_)?([\w-]{43})([\w-]{11})$/;
const BASE = 36;
const INVALID = wireError('AUTH_FAILED', 'The token is not valid');
const EXPIRED = wireError('TOKEN_EXPIRED', 'The token has expired');
const encoder = new TextEncoder();

/** Constant-time comparison of two texts of one length. */
function sameText(one: string, other: string): boolean {
  let differs = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) differs |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return differs === 0;
}

export const isApiToken = (token: string): boolean => token.startsWith('mst_');

/** Tells the server's own tokens from guesses without waking an object (G3). It is no secret's stand-in: that is compared too. */
async function checkOf(key: Uint8Array, team: TeamId, parts: readonly string[]): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const;
  const hmac = await crypto.subtle.importKey('raw', Uint8Array.from(key), algorithm, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', hmac, encoder.encode(`api token ${team} ${parts.join(' ')}`));
  return base64url.encode(new Uint8Array(mac).subarray(0, CHECK_BYTES));
}

/** A new token; the lobby keeps its hash alone. `expiresAt`: ms since 1970. */
export async function newApiToken(
  key: Uint8Array,
  team: TeamId,
  expiresAt: number,
): Promise<{ readonly id: string; readonly token: string; readonly hash: string }> {
  const id = crypto.randomUUID().replaceAll('-', '').slice(0, 16);
  const secret = base64url.encode(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
  const expiry = Math.floor(expiresAt / 1000).toString(BASE);
  const token = `mst_${id}_${expiry}_${secret}${await checkOf(key, team, [id, secret, expiry])}`;
  return { id, token, hash: await hashOf(token) };
}

/**
 * The id and hash that the lobby knows a token by, if this server made it for this team and it has not
 * expired (X14).
 */
export async function openApiToken(
  key: Uint8Array,
  team: TeamId,
  token: string,
  now: number,
): Promise<Result<{ readonly id: string; readonly hash: string }, WireError>> {
  const [, id, expiry, secret, check] = FORM.exec(token) ?? [];
  if (id === undefined || secret === undefined || check === undefined) return err(INVALID);
  const parts = expiry === undefined ? [id, secret] : [id, secret, expiry];
  if (!sameText(check, await checkOf(key, team, parts))) return err(INVALID);
  if (expiry !== undefined && now >= Number.parseInt(expiry, BASE) * 1000) return err(EXPIRED);
  return ok({ id, hash: await hashOf(token) });
}
