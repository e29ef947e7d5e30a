import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';

/** X4: the private half of a new key, as PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** X4: what the server may know of it. */
export const publicHalf = (key: string): JsonWebKey =>
  createPublicKey(createPrivateKey(key)).export({ format: 'jwk' });
