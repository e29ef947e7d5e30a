import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';
import { CachedResponse } from './cached-response.ts';

const JwksSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/** ms. */
const WAIT = {
  /** For an answer of the provider. */
  answer: 5_000,
  /** Until an unknown key is looked up again: a token alone is no reason to ask the provider. */
  again: 30_000,
  /** Keys are asked for anew after: a key that was taken back is good for so long at most. */
  fresh: 10 * 60_000,
} as const;

function keysAt(url: string): JWTVerifyGetKey {
  const cached = new CachedResponse(url, (json) => JwksSchema.parse(json));
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: WAIT.answer,
    cooldownDuration: WAIT.again,
    cacheMaxAge: WAIT.fresh,
    [customFetch]: (_url, { headers, signal }) =>
      cached.fetch({ headers, signal, redirect: 'manual' }, Date.now()),
  });
}

/** By address, for as long as this isolate lives: all requests and objects in it share what was fetched. */
const known = new Map<string, JWTVerifyGetKey>();

/** X2: the keys at an address of the configuration, which rotate as the provider likes. */
export function remoteKeys(url: string): JWTVerifyGetKey {
  const keys = known.get(url) ?? keysAt(url);
  known.set(url, keys);
  return keys;
}
