/** ms. */
const WAIT = {
  /** After an address that did not answer. */
  away: 10_000,
  /** How long a cached response is used while the issuer is unavailable. */
  held: 24 * 3_600_000,
} as const;

/** The issuer's published data is unavailable, which says nothing about the caller. */
export class IssuerUnavailable extends Error {}

const JSON_TYPE = { headers: { 'content-type': 'application/json' } } as const;

/** Caches the last response of an issuer's address, and serves it while the issuer is unavailable. */
export class CachedResponse {
  readonly #url: string;
  readonly #parse: (json: unknown) => unknown;
  readonly #fresh: number;
  #last: { readonly body: string; readonly at: number } | null = null;
  #awaySince = Number.NEGATIVE_INFINITY;

  /** @param fresh for how long it is not asked again, ms */
  constructor(url: string, parse: (json: unknown) => unknown, fresh = 0) {
    this.#url = url;
    this.#parse = parse;
    this.#fresh = fresh;
  }

  /** @throws Away */
  async fetch(init: RequestInit, now: number): Promise<Response> {
    if (this.#last !== null && now - this.#last.at < this.#fresh)
      return new Response(this.#last.body, JSON_TYPE);
    const body = now - this.#awaySince < WAIT.away ? null : await this.#ask(init);
    if (body !== null) this.#last = { body, at: now };
    else if (now - this.#awaySince >= WAIT.away) this.#awaySince = now;
    if (this.#last === null || now - this.#last.at > WAIT.held) throw new IssuerUnavailable(this.#url);
    return new Response(this.#last.body, JSON_TYPE);
  }

  async #ask(init: RequestInit): Promise<string | null> {
    try {
      const response = await fetch(this.#url, init);
      if (!response.ok) return null;
      return JSON.stringify(this.#parse(await response.json()));
    } catch {
      return null;
    }
  }
}
