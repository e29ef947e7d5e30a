import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const KID = 'one';
const HOUR = 3600;
const encoded = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');

/** A person whom the provider knows. */
export interface Subject {
  readonly sub: string;
  readonly name: string;
}

/** An OpenID provider on this machine: the authorization code flow with PKCE. Its page asks nobody anything. */
export class OpenIdProvider implements AsyncDisposable {
  readonly clientId = 'muster-web';
  /** The person who signs in here; null: they decline. */
  subject: Subject | null = null;
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly #codes = new Map<string, { readonly asked: URLSearchParams; readonly subject: Subject }>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async open(): Promise<OpenIdProvider> {
    const provider = new OpenIdProvider();
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get issuer(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** As it stands in MUSTER_ISSUERS. */
  get setting() {
    const { issuer, clientId } = this;
    const signIn = { name: 'Example', clientId };
    return { kind: 'jwks', issuer, audience: clientId, jwks: `${issuer}/jwks`, algorithm: 'RS256', signIn };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    const json = (body: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return void json({
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
        });
      case '/jwks':
        return void json({
          keys: [{ ...this.#keys.publicKey.export({ format: 'jwk' }), kid: KID, alg: 'RS256' }],
        });
      case '/authorize':
        return void response.writeHead(302, { location: this.#signsIn(url.searchParams) }).end();
      case '/token': {
        const token = this.#tokenFor(new URLSearchParams(await text(request)));
        if (token === null) return void json({ error: 'invalid_grant' }, 400);
        return void json({ access_token: randomUUID(), token_type: 'bearer', id_token: token });
      }
      default:
        response.writeHead(404).end();
    }
  }

  #signsIn(asked: URLSearchParams): string {
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('state', asked.get('state') ?? '');
    if (this.subject === null) back.searchParams.set('error', 'access_denied');
    else {
      const code = randomUUID();
      this.#codes.set(code, { asked, subject: this.subject });
      back.searchParams.set('code', code);
    }
    return back.href;
  }

  #tokenFor(form: URLSearchParams): string | null {
    const code = form.get('code') ?? '';
    const given = this.#codes.get(code);
    this.#codes.delete(code);
    if (given === undefined) return null;
    const { asked, subject } = given;
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight =
      proof === asked.get('code_challenge') && form.get('redirect_uri') === asked.get('redirect_uri');
    return isRight ? this.#sign({ ...subject, nonce: asked.get('nonce') }) : null;
  }

  #sign(says: object): string {
    const now = Math.floor(Date.now() / 1000);
    const body = { iss: this.issuer, aud: this.clientId, iat: now, exp: now + HOUR, ...says };
    const signed = `${encoded({ alg: 'RS256', kid: KID })}.${encoded(body)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), this.#keys.privateKey).toString('base64url')}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
