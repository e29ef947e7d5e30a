import { type MemberId, type Result, type TeamId, type WireError, wireError } from '@muster/protocol';
import { attempt, callerAt } from '../auth/attempts.ts';
import { type SessionCookie, setCookie } from '../auth/cookies.ts';
import { hashOf } from '../auth/hash.ts';
import { type Signed, signingKey, signToken } from '../auth/tokens.ts';
import { lobbyOf } from '../env.ts';
import type { AccessRights, Device } from '../rpc.ts';
import { addressOf, callerOf } from '../socket/handshake.ts';
import type { AppContext } from './app.ts';
import { RequestError } from './errors.ts';

export const keyOf = ({ env }: AppContext) => signingKey(env.MUSTER_KEY);

/** The refresh token of a sign-in; the lobby receives only its hash (X3). */
interface Renewal {
  readonly device: Device;
  readonly refresh: Signed;
}

export async function newRenewal(context: AppContext, sub: MemberId, sid: string): Promise<Renewal> {
  const body = { sub, team: context.var.team, sid, generation: 0 };
  const refresh = await signToken(keyOf(context), 'refresh', body, Date.now());
  const device: Device = {
    sid,
    refresh: await hashOf(refresh.token),
    expiresAt: refresh.expiresAt,
    ...callerOf(context.req.raw.headers),
  };
  return { device, refresh };
}

export function setSessionCookies(
  context: AppContext,
  tokens: Readonly<Record<SessionCookie, string | null>>,
): void {
  const url = new URL(context.req.url);
  for (const cookie of ['access', 'refresh'] as const)
    context.header('set-cookie', setCookie(url, cookie, tokens[cookie]), { append: true });
}

/** Sets new cookies, and returns the token for clients that authenticate by message. @throws RequestError */
export async function signIn(context: AppContext, refresh: Signed, rights: AccessRights): Promise<Response> {
  const { member, sid } = rights;
  const { id: sub, name, role } = member;
  const body = { sub, team: context.var.team, name, role, sid };
  const access = await signToken(keyOf(context), 'access', body, Date.now());
  setSessionCookies(context, { access: access.token, refresh: refresh.token });
  return context.json({ ...access, member });
}

/** @throws RequestError */
export function requireSameTeam({ var: { team } }: AppContext, body: { readonly team: TeamId }): void {
  if (body.team !== team) throw new RequestError(wireError('AUTH_FAILED', 'The token is for another team'));
}

/**
 * X14: asks an object on behalf of an unauthenticated caller. The attempt is counted first; over the limit of
 * the address the object is not asked. @throws RequestError
 */
export async function countedAttempt<T>(
  { env, req }: AppContext,
  ask: () => Promise<Result<T, WireError>>,
): Promise<T> {
  const result = await attempt(env, callerAt(addressOf(req.raw.headers)), ask);
  if (result.ok) return result.value;
  throw new RequestError(result.error);
}

/** The lobby of the team that was asked. */
export const lobbyOfRequest = ({ env, var: { team } }: AppContext) => lobbyOf(env, team);
