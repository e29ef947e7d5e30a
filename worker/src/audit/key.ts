import type { TeamId } from '@muster/protocol';
import type { Mac } from './core/chain.ts';

const encoder = new TextEncoder();

const hex = (bytes: ArrayBuffer) =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * X8: the MAC of a team's audit chain. Its key comes from the deployment's by HKDF under a name of its own, so that
 * nothing else that is signed with that one, a token say, can stand for a row, nor a row of one team for another's.
 */
export async function auditMac(secret: Uint8Array, team: TeamId): Promise<Mac> {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(`muster audit 1 ${team}`) },
    base,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  );
  return async (text) => hex(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
}
