import { base64url, jwtVerify } from 'jose';

const P256 = { name: 'ECDH', namedCurve: 'P-256' } as const;
const bytes = (text: string) => Uint8Array.from(base64url.decode(text));
const ascii = (text: string) => Uint8Array.from(new TextEncoder().encode(text));

/** A browser's half of a subscription: it decrypts what it is pushed (RFC 8291). */
export class Receiver {
  readonly p256dh: string;
  readonly auth: string;
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey, p256dh: string, auth: string) {
    this.#key = key;
    this.p256dh = p256dh;
    this.auth = auth;
  }

  static async make(): Promise<Receiver> {
    const made = await crypto.subtle.generateKey(P256, true, ['deriveBits']);
    if (!('privateKey' in made)) throw new Error('no pair');
    const raw = await crypto.subtle.exportKey('raw', made.publicKey);
    if (!(raw instanceof ArrayBuffer)) throw new Error('no bytes');
    const auth = base64url.encode(crypto.getRandomValues(new Uint8Array(16)));
    return new Receiver(made.privateKey, base64url.encode(new Uint8Array(raw)), auth);
  }

  async read(body: Uint8Array): Promise<string> {
    const salt = body.slice(0, 16);
    const theirs = body.slice(21, 21 + (body[20] ?? 0));
    const sender = await crypto.subtle.importKey('raw', theirs, P256, false, []);
    const algorithm = { name: 'ECDH', public: sender };
    const shared = new Uint8Array(await crypto.subtle.deriveBits(algorithm, this.#key, 256));
    const info = Uint8Array.of(...ascii('WebPush: info\0'), ...bytes(this.p256dh), ...theirs);
    const secret = await hkdf(shared, bytes(this.auth), info, 256);
    const contentKey = await hkdf(secret, salt, ascii('Content-Encoding: aes128gcm\0'), 128);
    const iv = await hkdf(secret, salt, ascii('Content-Encoding: nonce\0'), 96);
    const key = await crypto.subtle.importKey('raw', contentKey, 'AES-GCM', false, ['decrypt']);
    const record = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, body.slice(21 + theirs.length));
    return new TextDecoder().decode(new Uint8Array(record).slice(0, -1));
  }
}

async function hkdf(
  secret: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  bits: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, bits));
}

/** RFC 8292: the claims of a push's sender, whose key is `key`. @throws where another has signed, or for another service */
export async function senderOf(authorization: string, key: string, origin: string) {
  const [, token = '', named] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization) ?? [];
  if (named !== key) throw new Error(`it is signed by ${named}`);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const raw = Uint8Array.from(base64url.decode(key));
  const publicKey = await crypto.subtle.importKey('raw', raw, algorithm, false, ['verify']);
  return (await jwtVerify(token, publicKey, { audience: origin, algorithms: ['ES256'] })).payload;
}
