import { base64url } from 'jose';

const encoder = new TextEncoder();
const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const COORDINATE = 32;
const PRESENT_AND_VERIFIED = 0x05;
const WITH_CREDENTIAL = 0x40;

const hash = async (data: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', data));
const joined = (...parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.flatMap((part) => Array.from(part)));
const cborText = (text: string) => [0x60 + text.length, ...encoder.encode(text)];
const two = (number: number) => [number >> 8, number & 0xff];
const four = (number: number) => [...two(number >>> 16), ...two(number & 0xffff)];

/** DER of one of a signature's two numbers. */
function derNumber(bytes: Uint8Array): number[] {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
  const rest = [...bytes.slice(at)];
  const signed = (rest[0] ?? 0) > 0x7f ? [0, ...rest] : rest;
  return [0x02, signed.length, ...signed];
}
function derSignature(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const numbers = [...derNumber(raw.slice(0, COORDINATE)), ...derNumber(raw.slice(COORDINATE))];
  return joined([0x30, numbers.length], numbers);
}

interface Options {
  readonly challenge: string;
  readonly user?: { readonly id: string };
}

/** What somebody may meddle with. */
export interface Over {
  readonly origin?: string;
  readonly rpID?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly userHandle?: string;
}

/** An authenticator that holds one passkey (ES256), as far as a server sees it. */
export class Passkey {
  readonly id = base64url.encode(crypto.getRandomValues(new Uint8Array(16)));
  readonly #origin: string;
  readonly #pair: CryptoKeyPair;
  #userHandle = '';
  #counter = 0;

  private constructor(origin: string, pair: CryptoKeyPair) {
    this.#origin = origin;
    this.#pair = pair;
  }

  static async at(origin: string): Promise<Passkey> {
    return new Passkey(
      origin,
      (await crypto.subtle.generateKey(P256, true, ['sign', 'verify'])) as CryptoKeyPair,
    );
  }

  /** As `navigator.credentials.create` answers. */
  async create({ challenge, user }: Options, over: Over = {}) {
    this.#userHandle = user?.id ?? '';
    const id = base64url.decode(this.id);
    const credential = joined(new Uint8Array(16), two(id.length), id, await this.#publicKey());
    const data = joined(
      await this.#data({ flags: PRESENT_AND_VERIFIED | WITH_CREDENTIAL, ...over }),
      credential,
    );
    const attestation = joined(
      [0xa3, ...cborText('fmt'), ...cborText('none'), ...cborText('attStmt'), 0xa0, ...cborText('authData')],
      [0x59, ...two(data.length)],
      data,
    );
    const clientDataJSON = this.#client('webauthn.create', challenge, over);
    return this.#answer({
      clientDataJSON: base64url.encode(clientDataJSON),
      attestationObject: base64url.encode(attestation),
      transports: ['internal'],
    });
  }

  /** As `navigator.credentials.get` answers. */
  async sign({ challenge }: Options, over: Over = {}) {
    this.#counter += 1;
    const data = await this.#data(over);
    const clientDataJSON = this.#client('webauthn.get', challenge, over);
    const message = joined(data, await hash(clientDataJSON));
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const raw = new Uint8Array(await crypto.subtle.sign(algorithm, this.#pair.privateKey, message));
    return this.#answer({
      clientDataJSON: base64url.encode(clientDataJSON),
      authenticatorData: base64url.encode(data),
      signature: base64url.encode(derSignature(raw)),
      userHandle: over.userHandle ?? this.#userHandle,
    });
  }

  #answer<R>(response: R) {
    return { id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {}, response };
  }

  #client(type: string, challenge: string, { origin = this.#origin }: Over): Uint8Array<ArrayBuffer> {
    return new Uint8Array(encoder.encode(JSON.stringify({ type, challenge, origin, crossOrigin: false })));
  }

  async #data({ rpID, flags = PRESENT_AND_VERIFIED, counter = this.#counter }: Over) {
    const name = rpID ?? new URL(this.#origin).hostname;
    return joined(await hash(new Uint8Array(encoder.encode(name))), [flags], four(counter));
  }

  /** COSE. */
  async #publicKey(): Promise<Uint8Array<ArrayBuffer>> {
    const raw = new Uint8Array((await crypto.subtle.exportKey('raw', this.#pair.publicKey)) as ArrayBuffer);
    const [x, y] = [raw.slice(1, 1 + COORDINATE), raw.slice(1 + COORDINATE)];
    return joined(
      [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, COORDINATE],
      x,
      [0x22, 0x58, COORDINATE],
      y,
    );
  }
}
