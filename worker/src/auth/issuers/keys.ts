import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';

const JwksSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/** ms. */
const WAIT = {
  /** For an answer of the provider. */
  answer: 5_000,
  /** Until a key that nobody knows is asked for again: a token's word alone is no reason to. */
  again: 30_000,
  /** After a provider that was away. */
  away: 10_000,
  /** Keys are asked for anew after: a key that was taken back is good for so long at most … */
  fresh: 10 * 60_000,
  /** … and so long where the provider is away. */
  held: 24 * 3_600_000,
} as const;

/** The provider's keys cannot be had, which says nothing about the token. */
export class KeysAway extends Error {}

/** What the provider said last, which counts while it is away. */
class Held {
  readonly #url: string;
  #last: { readonly body: string; readonly at: number } | null = null;
  #awaySince = Number.NEGATIVE_INFINITY;

  constructor(url: string) {
    this.#url = url;
  }

  async fetch(init: RequestInit, now: number): Promise<Response> {
    const body = now - this.#awaySince < WAIT.away ? null : await this.#ask(init);
    if (body !== null) this.#last = { body, at: now };
    else if (now - this.#awaySince >= WAIT.away) this.#awaySince = now;
    if (this.#last === null || now - this.#last.at > WAIT.held) throw new KeysAway(this.#url);
    return new Response(this.#last.body);
  }

  async #ask(init: RequestInit): Promise<string | null> {
    try {
      const response = await fetch(this.#url, init);
      if (!response.ok) return null;
      return JSON.stringify(JwksSchema.parse(await response.json()));
    } catch {
      return null;
    }
  }
}

function keysAt(url: string): JWTVerifyGetKey {
  const held = new Held(url);
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: WAIT.answer,
    cooldownDuration: WAIT.again,
    cacheMaxAge: WAIT.fresh,
    [customFetch]: (_url, { headers, signal }) =>
      held.fetch({ headers, signal, redirect: 'manual' }, Date.now()),
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
