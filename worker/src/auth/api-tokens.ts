import { err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { base64url } from 'jose';
import { hashOf } from './hash.ts';

const SECRET_BYTES = 32;
const CHECK_BYTES = 8;
/** `mst_<id>_<secret>`: 43 characters of chance, and 11 that say whether the server has made it. */
const FORM = /^mst_([0-9a-f]{16})_([\w-]{43})([\w-]{11})$/;
const INVALID = wireError('AUTH_FAILED', 'The token is not valid');
const encoder = new TextEncoder();

export const isApiToken = (token: string): boolean => token.startsWith('mst_');

/** Tells the server's own tokens from guesses without waking an object (G3). It is no secret's stand-in: that is compared too. */
async function checkOf(key: Uint8Array, team: TeamId, id: string, secret: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const;
  const hmac = await crypto.subtle.importKey('raw', Uint8Array.from(key), algorithm, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', hmac, encoder.encode(`api token ${team} ${id} ${secret}`));
  return base64url.encode(new Uint8Array(mac).subarray(0, CHECK_BYTES));
}

/** A new token; the lobby keeps its hash alone. */
export async function newApiToken(
  key: Uint8Array,
  team: TeamId,
): Promise<{ readonly id: string; readonly token: string; readonly hash: string }> {
  const id = crypto.randomUUID().replaceAll('-', '').slice(0, 16);
  const secret = base64url.encode(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
  const token = `mst_${id}_${secret}${await checkOf(key, team, id, secret)}`;
  return { id, token, hash: await hashOf(token) };
}

/** What the lobby knows a token by, if the server has made it, for this team. */
export async function openApiToken(
  key: Uint8Array,
  team: TeamId,
  token: string,
): Promise<Result<{ readonly id: string; readonly hash: string }, WireError>> {
  const [, id, secret, check] = FORM.exec(token) ?? [];
  if (id === undefined || secret === undefined) return err(INVALID);
  if (check !== (await checkOf(key, team, id, secret))) return err(INVALID);
  return ok({ id, hash: await hashOf(token) });
}
