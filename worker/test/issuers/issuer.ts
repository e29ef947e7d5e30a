import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

const HOUR = 3600;

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey | Uint8Array;
  readonly publicKey: CryptoKey | null;
}

export type Says = Readonly<Record<string, unknown>>;

/** An issuer outside: its keys are at an address of the net, and rotate. */
export class FakeIssuer {
  readonly #issuer: string;
  readonly #audience: string;
  readonly #at: string;
  readonly #algorithm: string;
  #key: Key;
  #kids = 0;

  private constructor(issuer: string, audience: string, at: string, algorithm: string, key: Key) {
    this.#issuer = issuer;
    this.#audience = audience;
    this.#at = at;
    this.#algorithm = algorithm;
    this.#key = key;
  }

  /** With keys at an address. */
  static async at(issuer: string, audience: string, address: string): Promise<FakeIssuer> {
    const made = new FakeIssuer(issuer, audience, address, 'RS256', await FakeIssuer.#fresh('1'));
    await made.publish();
    return made;
  }

  static withSecret(issuer: string, audience: string, secret: string): FakeIssuer {
    const key: Key = { kid: 'none', privateKey: new TextEncoder().encode(secret), publicKey: null };
    return new FakeIssuer(issuer, audience, '', 'HS256', key);
  }

  static async #fresh(kid: string): Promise<Key> {
    return { kid, ...(await generateKeyPair('RS256', { extractable: true })) };
  }

  get publicKey(): CryptoKey {
    if (this.#key.publicKey === null) throw new Error('has a secret');
    return this.#key.publicKey;
  }

  get privateKey(): CryptoKey | Uint8Array {
    return this.#key.privateKey;
  }

  get kid(): string {
    return this.#key.kid;
  }

  async publish(): Promise<void> {
    const jwk = { ...(await exportJWK(this.publicKey)), kid: this.kid };
    await this.put(JSON.stringify({ keys: [jwk] }));
  }

  /** Another key instead of the one it had. */
  async rotate(): Promise<void> {
    this.#kids += 1;
    this.#key = await FakeIssuer.#fresh(`rotated-${this.#kids}`);
    await this.publish();
  }

  /** `away`: it does not answer. */
  async put(body: string): Promise<void> {
    await fetch(this.#at, { method: 'PUT', body });
  }

  /** A token as it should be, but for what is said otherwise. */
  async token(
    says: Says,
    over: { readonly alg?: string; readonly key?: Key['privateKey'] } = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: this.#issuer, aud: this.#audience, iat: now, exp: now + HOUR };
    return new SignJWT({ ...standard, ...says })
      .setProtectedHeader({ alg: over.alg ?? this.#algorithm, kid: this.kid })
      .sign(over.key ?? this.privateKey);
  }
}
