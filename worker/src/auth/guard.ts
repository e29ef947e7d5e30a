import { err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { type Env, extraOrigins, teamOf } from '../env.ts';
import type { Claims } from './claims.ts';
import { readCookie } from './cookies.ts';
import { signingKey, verifyHost, verifyMember } from './tokens.ts';

/** Who asks: with which team's door, and as whom; null: without any token. */
export interface Asking {
  readonly team: TeamId;
  readonly claims: Claims | null;
}

export type Speaker = 'member' | 'host';

/** X1: exactly an allowed origin: the request's own, or a configured one. */
export function originAllowed(request: Request, env: Env): boolean {
  const origin = request.headers.get('origin');
  return origin === new URL(request.url).origin || extraOrigins(env).includes(origin ?? '');
}

interface Presented {
  readonly token: string;
  readonly by: 'header' | 'cookie' | 'query';
}

/** Getting in: a header, else the session cookie, else `?token=`. */
function presented(request: Request): Presented | null {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (bearer !== undefined) return { token: bearer, by: 'header' };
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

/** G3: checks the token of a request, whatever brought it, and that it is for the team asked for. */
export async function guard(
  request: Request,
  env: Env,
  speaker: Speaker,
  now: number,
): Promise<Result<Asking, WireError>> {
  const team = teamOf(env, new URL(request.url));
  if (team === null) return err(wireError('AUTH_FAILED', 'team: must be a slug'));
  const token = presented(request);
  const foreign = token?.by === 'cookie' ? cookieOrigin(request, env) : foreignOrigin(request, env);
  if (foreign !== null) return err(foreign);
  if (token === null) return ok({ team, claims: null });
  const key = signingKey(env.MUSTER_KEY);
  const claims = await (speaker === 'host' ? verifyHost : verifyMember)(key, token.token, now);
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
