import type { TeamId } from '@muster/protocol';
import { SignJWT } from 'jose';
import * as z from 'zod';
import { decode, encode } from './base64url.ts';
import { concatenated } from './encrypt.ts';

const encoder = new TextEncoder();
const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const IV_BYTES = 12;
/** RFC 8292 allows 24 hours. */
const LIFETIME_SECONDS = 12 * 3_600;

/** A team's key pair for push services (RFC 8292), as it is stored: the private half sealed. */
export const SealedVapidKeySchema = z.object({
  /** 65 bytes as base64url. */
  publicKey: z.string(),
  /** PKCS #8 under AES-GCM, its nonce before it, as base64url. */
  sealed: z.string(),
});
export type SealedVapidKey = z.infer<typeof SealedVapidKeySchema>;

/** The key that seals it comes from the deployment's by HKDF under a name of its own, as that of the audit log does. */
async function sealingKey(secret: Uint8Array<ArrayBuffer>, team: TeamId): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = encoder.encode(`muster push 1 ${team}`);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

async function exported(format: 'raw' | 'pkcs8', key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await crypto.subtle.exportKey(format, key);
  if (!(bytes instanceof ArrayBuffer)) throw new Error(`${format} is bytes`);
  return new Uint8Array(bytes);
}

export async function newVapidKey(secret: Uint8Array, team: TeamId): Promise<SealedVapidKey> {
  const pair = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('ECDSA makes pairs of keys');
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const key = await sealingKey(Uint8Array.from(secret), team);
  const privateKey = await exported('pkcs8', pair.privateKey);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, privateKey);
  return {
    publicKey: encode(await exported('raw', pair.publicKey)),
    sealed: encode(concatenated(iv, new Uint8Array(sealed))),
  };
}

/** @throws Error when it was sealed under another key */
export async function openVapidKey(
  { sealed }: SealedVapidKey,
  secret: Uint8Array,
  team: TeamId,
): Promise<CryptoKey> {
  const bytes = decode(sealed);
  const iv = bytes.slice(0, IV_BYTES);
  const key = await sealingKey(Uint8Array.from(secret), team);
  const privateKey = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes.slice(IV_BYTES));
  return crypto.subtle.importKey('pkcs8', privateKey, P256, false, ['sign']);
}

/** RFC 8292: whom a push service may ask: the dashboard itself, where it has an address of its own. */
export const contactOf = (origin: string): string =>
  origin.startsWith('https:') ? origin : 'mailto:muster@localhost';

/** RFC 8292: the `Authorization` of a push. `now`: ms since 1970. */
export async function vapidAuthorization(
  endpoint: string,
  contact: string,
  key: { readonly publicKey: string; readonly privateKey: CryptoKey },
  now: number,
): Promise<string> {
  const token = await new SignJWT({})
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
    .setAudience(new URL(endpoint).origin)
    .setExpirationTime(Math.floor(now / 1000) + LIFETIME_SECONDS)
    .setSubject(contact)
    .sign(key.privateKey);
  return `vapid t=${token}, k=${key.publicKey}`;
}
