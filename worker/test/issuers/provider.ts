import { ORIGIN } from '../front.ts';
import { FakeIssuer, type Says } from './issuer.ts';
import type { Code } from './outside.ts';

interface Trusted {
  readonly issuer: string;
  readonly jwks: string;
  readonly signIn: { readonly clientId: string; readonly clientSecret?: string };
}

/** How a provider may go wrong, or somebody between it and us. */
interface Over {
  readonly says?: Says;
  readonly code?: Partial<Code>;
  readonly back?: Readonly<Record<string, string | null>>;
  readonly key?: CryptoKey;
}

/** An OpenID provider with a sign-in page: the authorization code flow with PKCE, as it is spoken. */
export class Provider {
  readonly #trusted: Trusted;
  readonly keys: FakeIssuer;
  #codes = 0;
  /** The ID token it gave last. */
  given = '';

  private constructor(trusted: Trusted, keys: FakeIssuer) {
    this.#trusted = trusted;
    this.keys = keys;
  }

  static async of(trusted: Trusted): Promise<Provider> {
    const { issuer, signIn, jwks } = trusted;
    const provider = new Provider(trusted, await FakeIssuer.at(issuer, signIn.clientId, jwks));
    await provider.publish();
    return provider;
  }

  /** What it says of itself. */
  async publish(over: object = {}): Promise<void> {
    const { issuer } = this.#trusted;
    const own = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      authorization_response_iss_parameter_supported: true,
    };
    await this.put('/.well-known/openid-configuration', JSON.stringify({ ...own, ...over }));
  }

  async put(path: string, body: string): Promise<void> {
    await fetch(`${this.#trusted.issuer}${path}`, { method: 'PUT', body });
  }

  /** Signs in at this address and returns the query that the browser comes back with. @throws where the provider would show an error */
  async signsIn(address: string, sub: string, over: Over = {}): Promise<string> {
    const { issuer, signIn } = this.#trusted;
    const asked = Object.fromEntries(new URL(address).searchParams);
    if (asked['redirect_uri'] !== `${ORIGIN}/signin`) throw new Error('redirect_uri is not registered');
    if (asked['client_id'] !== signIn.clientId || asked['response_type'] !== 'code') throw new Error('who?');
    if (asked['code_challenge_method'] !== 'S256') throw new Error('needs PKCE');
    if (!asked['scope']?.split(' ').includes('openid')) throw new Error('needs openid');
    const says = { sub, nonce: asked['nonce'], ...over.says };
    this.given = await this.keys.token(says, over.key === undefined ? {} : { key: over.key });
    const code: Code = {
      challenge: asked['code_challenge'] ?? '',
      redirect: asked['redirect_uri'],
      client: signIn.clientId,
      secret: signIn.clientSecret ?? null,
      answer: { access_token: 'opaque', token_type: 'bearer', id_token: this.given },
      ...over.code,
    };
    this.#codes += 1;
    const name = `code-${this.#codes}`;
    await this.put(`/codes/${name}`, JSON.stringify(code));
    const back = { code: name, state: asked['state'] ?? null, iss: issuer, ...over.back };
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(back)) if (value !== null) query.set(key, value);
    return `?${query}`;
  }
}
