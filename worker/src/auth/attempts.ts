import { type WireError, wireError } from '@muster/protocol';
import type { Env } from '../env.ts';
import { addressOf } from '../socket/handshake.ts';

/** The period of ATTEMPTS in wrangler.toml, ms: who waits it out is let try again, whenever in it he was refused. */
const ATTEMPTS_PERIOD = 60_000;
const IPV6_GROUPS = 8;
/** A customer of any provider has at least so much of IPv6 to himself: 64 bits. */
const IPV6_NETWORK_GROUPS = 4;

/** Whom an address stands for: itself, or its network, since nobody has a single address of IPv6. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const missing = tail === undefined ? 0 : IPV6_GROUPS - (first?.length ?? 0) - (last?.length ?? 0);
  const groups = [
    ...(first ?? []),
    ...Array.from({ length: Math.max(0, missing) }, () => '0'),
    ...(last ?? []),
  ];
  const network = groups.slice(0, IPV6_NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

/**
 * L, X10: one failed or unauthenticated attempt of this address is counted by the platform, so that no object wakes
 * for it (G3): each of its places counts for itself, and exactly enough. Null: it may go on. Without Cloudflare nobody
 * says where a request came from, and nothing is counted.
 */
export async function countAttempt(request: Request, env: Env): Promise<WireError | null> {
  const address = addressOf(request.headers);
  if (address === null) return null;
  const { success } = await env.ATTEMPTS.limit({ key: networkOf(address) });
  if (success) return null;
  const details = { retryAfter: ATTEMPTS_PERIOD };
  return wireError('RATE_LIMIT', 'too many attempts without a good token from this address', details);
}

/** Why an attempt failed, or that there were too many. */
export const failedAttempt = async (request: Request, env: Env, error: WireError): Promise<WireError> =>
  (await countAttempt(request, env)) ?? error;

/** Whether a request brought a token that a browser does not add by itself. */
export const bringsToken = ({ url, headers }: Request): boolean =>
  headers.has('authorization') || new URL(url).searchParams.has('token');
