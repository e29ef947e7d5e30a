import { err, ok, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { type Env, extraOrigins, NO_TEAM, teamOf } from '../env.ts';
import { callerOf, isUpgrade } from '../socket/handshake.ts';
import { isApiToken } from './api-tokens.ts';
import type { Claims } from './claims.ts';
import { type ResolvedMember, resolveMember, type TokenContext } from './guard-member.ts';
import { hasAccess } from './issuers/issuers.ts';
import { presentedToken } from './presented-token.ts';

/** The team of a request and the caller's claims; null: it has no token. */
export interface AuthenticatedRequest {
  readonly team: TeamId;
  readonly claims: Claims | null;
  /** The agent that `reaches` names; null: there is none that the caller may see. */
  readonly reached?: ResolvedMember['reached'];
}

/** X1: exactly an allowed origin: the request's own, or a configured one. */
export function originAllowed(request: Request, env: Env): boolean {
  const origin = request.headers.get('origin');
  return origin === new URL(request.url).origin || extraOrigins(env).includes(origin ?? '');
}

const isSafe = (request: Request) =>
  (request.method === 'GET' || request.method === 'HEAD') && request.headers.get('upgrade') === null;

/** X1: a socket, or a change, that names a foreign origin is refused whatever else it brings. */
export function foreignOrigin(request: Request, env: Env): WireError | null {
  if (isSafe(request) || !request.headers.has('origin') || originAllowed(request, env)) return null;
  return wireError('AUTH_FAILED', 'Requests of this page are not allowed');
}

/** A cookie is sent by the browser on its own, and Access sees its own cookie alone: with them a socket or a change must name an allowed origin, and a read may not name another. */
function cookieOrigin(request: Request, env: Env): WireError | null {
  const silent = isSafe(request) && !request.headers.has('origin');
  if (silent || originAllowed(request, env)) return null;
  return wireError('AUTH_FAILED', 'Requests of this page are not allowed');
}

/** G3: checks a member's token of a request, whatever brought it, and that it is for the team asked for. */
export async function guard(
  request: Request,
  env: Env,
  now: number,
  also: Pick<TokenContext, 'visits' | 'spends' | 'reaches' | 'beforeAsk'> = {},
): Promise<Result<AuthenticatedRequest, WireError>> {
  const team = teamOf(env, new URL(request.url));
  if (team === null) return err(NO_TEAM);
  const token = presentedToken(request, hasAccess(env));
  const isSilent = token?.by === 'cookie' || token?.by === 'access';
  const foreign = isSilent ? cookieOrigin(request, env) : foreignOrigin(request, env);
  if (foreign !== null) return err(foreign);
  if (token === null) return ok({ team, claims: null });
  if (token.by === 'cookie' && isApiToken(token.token))
    return err(wireError('AUTH_FAILED', 'This token cannot be used as a cookie'));
  const coming = { from: callerOf(request.headers), connects: isUpgrade(request.headers), ...also };
  const resolved = await resolveMember(env, team, token.token, now, coming);
  return resolved.ok ? ok({ team, ...resolved.value }) : resolved;
}

/** X13: the address without its token, for whatever is passed on. */
export function withoutToken(address: string): string {
  const url = new URL(address);
  url.searchParams.delete('token');
  return url.toString();
}
