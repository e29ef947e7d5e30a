import { decode } from './base64url.ts';

const encoder = new TextEncoder();
const bytesOf = (text: string) => Uint8Array.from(encoder.encode(text));
const P256 = { name: 'ECDH', namedCurve: 'P-256' } as const;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const SALT_BYTES = 16;
/** RFC 8188: a push is one record. */
const RECORD_BYTES = 4096;
/** The delimiter of the last record. */
const LAST = 2;

/** A browser's keys, as `PushSubscription.toJSON()` gives them. */
export interface DeviceKeys {
  readonly p256dh: string;
  readonly auth: string;
}

/** Our half of one push: each has its own. */
export interface PushKeys {
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly pair: CryptoKeyPair;
}

export async function freshKeys(): Promise<PushKeys> {
  const pair = await crypto.subtle.generateKey(P256, true, ['deriveBits']);
  if (!('privateKey' in pair)) throw new Error('ECDH makes pairs of keys');
  return { salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)), pair };
}

export function concatenated(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function hkdf(
  secret: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const derived = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt, info },
    key,
    bytes * 8,
  );
  return new Uint8Array(derived);
}

async function sharedSecret(own: CryptoKey, theirs: Uint8Array<ArrayBuffer>) {
  const key = await crypto.subtle.importKey('raw', theirs, P256, false, []);
  // The platform's types spell the field as its generator does.
  const algorithm = { name: 'ECDH', public: key };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, own, 256));
}

async function rawPublic(key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  const raw = await crypto.subtle.exportKey('raw', key);
  if (!(raw instanceof ArrayBuffer)) throw new Error('a raw key is bytes');
  return new Uint8Array(raw);
}

/** RFC 8291: a text for one device, as the body of `Content-Encoding: aes128gcm`. @throws Error when its keys are none */
export async function encryptPush(
  text: string,
  device: DeviceKeys,
  { salt, pair }: PushKeys,
): Promise<Uint8Array<ArrayBuffer>> {
  const theirs = decode(device.p256dh);
  const ours = await rawPublic(pair.publicKey);
  const shared = await sharedSecret(pair.privateKey, theirs);
  const info = concatenated(bytesOf('WebPush: info\0'), theirs, ours);
  const secret = await hkdf(shared, decode(device.auth), info, 32);
  const contentKey = await hkdf(secret, salt, bytesOf('Content-Encoding: aes128gcm\0'), KEY_BYTES);
  const iv = await hkdf(secret, salt, bytesOf('Content-Encoding: nonce\0'), NONCE_BYTES);
  const key = await crypto.subtle.importKey('raw', contentKey, 'AES-GCM', false, ['encrypt']);
  const record = concatenated(bytesOf(text), Uint8Array.of(LAST));
  const encrypted = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, record);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, RECORD_BYTES);
  return concatenated(salt, size, Uint8Array.of(ours.length), ours, new Uint8Array(encrypted));
}
