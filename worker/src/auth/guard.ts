import { err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { type Env, extraOrigins, teamOf } from '../env.ts';
import type { Claims } from './claims.ts';
import { readCookie } from './cookies.ts';
import { signingKey, verifyMember } from './tokens.ts';

/** Who asks: with which team's door, and as whom; null: without any token. */
export interface Asking {
  readonly team: TeamId;
  readonly claims: Claims | null;
}

/** X1: exactly an allowed origin: the request's own, or a configured one. */
export function originAllowed(request: Request, env: Env): boolean {
  const origin = request.headers.get('origin');
  return origin === new URL(request.url).origin || extraOrigins(env).includes(origin ?? '');
}

interface Presented {
  readonly token: string;
  readonly by: 'header' | 'cookie' | 'query';
}

const BEARER = /^Bearer +(\S+)$/i;

export const bearerOf = (request: Request): string | null =>
  BEARER.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;

/** Getting in: a header, else the session cookie, else `?token=`. */
function presented(request: Request): Presented | null {
  const bearer = bearerOf(request);
  if (bearer !== null) return { token: bearer, by: 'header' };
  const cookie = readCookie(request, 'access');
  const query = new URL(request.url).searchParams.get('token');
  // A plain client's own token counts before a cookie that the browser added by itself.
  if (query !== null) return { token: query, by: 'query' };
  return cookie === null ? null : { token: cookie, by: 'cookie' };
}

const isSafe = (request: Request) =>
  (request.method === 'GET' || request.method === 'HEAD') && request.headers.get('upgrade') === null;

/** X1: a socket, or a change, that names a foreign origin is refused whatever else it brings. */
export function foreignOrigin(request: Request, env: Env): WireError | null {
  if (isSafe(request) || !request.headers.has('origin') || originAllowed(request, env)) return null;
  return wireError('AUTH_FAILED', 'origin: is not allowed');
}

/** A cookie is sent by the browser on its own: with it a socket or a change must name an allowed origin, and a read may not name another. */
function cookieOrigin(request: Request, env: Env): WireError | null {
  const silent = isSafe(request) && !request.headers.has('origin');
  if (silent || originAllowed(request, env)) return null;
  return wireError('AUTH_FAILED', 'origin: is not allowed');
}

/** G3: checks a member's token of a request, whatever brought it, and that it is for the team asked for. */
export async function guard(request: Request, env: Env, now: number): Promise<Result<Asking, WireError>> {
  const team = teamOf(env, new URL(request.url));
  if (team === null) return err(wireError('AUTH_FAILED', 'team: must be a slug'));
  const token = presented(request);
  const foreign = token?.by === 'cookie' ? cookieOrigin(request, env) : foreignOrigin(request, env);
  if (foreign !== null) return err(foreign);
  if (token === null) return ok({ team, claims: null });
  const key = signingKey(env.MUSTER_KEY);
  const claims = await verifyMember(key, token.token, now);
  if (!claims.ok) return claims;
  if (claims.value.team !== team) return err(wireError('AUTH_FAILED', 'token: is for another team'));
  return ok({ team, claims: claims.value });
}

/** X13: the address without its token, for whatever is passed on. */
export function scrubbed(address: string): string {
  const url = new URL(address);
  url.searchParams.delete('token');
  return url.toString();
}
