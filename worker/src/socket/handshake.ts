import {
  type ClientId,
  ClientIdSchema,
  CONVERSATIONS_FEATURE,
  err,
  LIMITS,
  ok,
  type Result,
  SUBPROTOCOL,
  type WireError,
  wireError,
} from '@muster/protocol';
import { ADDRESS_HEADER, CLAIMS_HEADER, type Claims, ClaimsSchema } from '../auth/claims.ts';
import type { CallerInfo } from '../auth/issuers/issuers.ts';

/** The verified claims the Worker set, or null when it let the socket in to authenticate by message. */
export function readClaims(headers: Headers): Result<Claims | null, WireError> {
  const header = headers.get(CLAIMS_HEADER);
  if (header === null) return ok(null);
  try {
    const claims = ClaimsSchema.safeParse(JSON.parse(decodeURIComponent(header)));
    if (claims.success) return ok(claims.data);
  } catch {
    // Falls through: unreadable claims are refused.
  }
  return err(wireError('AUTH_FAILED', 'the claims cannot be read'));
}

/** X10: the address a request came from, by Cloudflare; null: unknown, as in local mode. */
export const addressOf = (headers: Headers): string | null =>
  headers.get('cf-connecting-ip')?.slice(0, LIMITS.addressChars) ?? null;

/** The device and address that a token comes from, as far as they are known. */
export const callerOf = (headers: Headers): CallerInfo => ({
  device: (headers.get('user-agent') ?? '').slice(0, LIMITS.deviceChars),
  address: addressOf(headers),
});

/** The same, as the Worker passed it to its object. */
export const readAddress = (headers: Headers): string | null => headers.get(ADDRESS_HEADER);

/** Headers for a request to an object: nothing from outside under our own names, then ours. */
export function withClaims(headers: Headers, claims: Claims | null, address: string | null): Headers {
  const clean = new Headers(headers);
  clean.delete(CLAIMS_HEADER);
  clean.delete(ADDRESS_HEADER);
  if (address !== null) clean.set(ADDRESS_HEADER, address);
  // A header holds ASCII; a member's name may not be.
  if (claims !== null) clean.set(CLAIMS_HEADER, encodeURIComponent(JSON.stringify(claims)));
  return clean;
}

/** I1: the client's own name, or a new one. */
export function clientOf({ url }: Request): Result<ClientId, WireError> {
  const asked = new URL(url).searchParams.get('client') ?? crypto.randomUUID();
  const clientId = ClientIdSchema.safeParse(asked);
  if (clientId.success) return ok(clientId.data);
  return err(wireError('INVALID_MESSAGE', 'The name of a client has 1 to 128 characters'));
}

/** C4: the address names what a client knows, with commas between. */
export function knowsConversations({ url }: Request): boolean {
  const features = new URL(url).searchParams.get('features') ?? '';
  return features.split(',').includes(CONVERSATIONS_FEATURE);
}

export const isUpgrade = (headers: Headers) => headers.get('upgrade')?.toLowerCase() === 'websocket';

/** G1: whether the client offered `muster.v1`. */
export function offersCanonical(headers: Headers): boolean {
  const offered = headers.get('sec-websocket-protocol') ?? '';
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL);
}

/** The 101 of a canonical socket. */
export function switchingProtocols(client: WebSocket): Response {
  return new Response(null, {
    status: 101,
    webSocket: client,
    headers: { 'sec-websocket-protocol': SUBPROTOCOL },
  });
}
