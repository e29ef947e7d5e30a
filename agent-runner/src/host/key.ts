import { generateKeyPairSync } from 'node:crypto';
import { type HostKey, HostKeySchema } from './files.ts';

/** X4: both halves of a new key. */
export const newKey = (): HostKey =>
  HostKeySchema.parse(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));

/** X4: what the server may know of it. */
export const publicHalf = ({ kty, crv, x }: HostKey) => ({ kty, crv, x });
