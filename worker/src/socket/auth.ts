import {
  allows,
  CLOSE,
  err,
  ok,
  type Result,
  TeamIdSchema,
  VIEWER_MESSAGES,
  type ViewerType,
  type WireError,
  wireError,
} from '@muster/protocol';
import * as z from 'zod';
import { type Claims, HostClaimsSchema, type MemberClaims, MemberClaimsSchema } from '../auth/claims.ts';
import { SOCKET } from './limits.ts';

/** The authentication state of a socket, as its attachment keeps it. Times: ms since 1970. */
export const SocketAuthSchema = z.discriminatedUnion('state', [
  /** No token yet; the handshake was for this team. */
  z.object({ state: z.literal('waiting'), team: TeamIdSchema, deadline: z.number() }),
  z.object({ state: z.literal('member'), claims: MemberClaimsSchema, warned: z.boolean() }),
  z.object({ state: z.literal('host'), claims: HostClaimsSchema }),
]);
export type SocketAuth = z.infer<typeof SocketAuthSchema>;
type MemberAuth = Extract<SocketAuth, { state: 'member' }>;

type Team = z.infer<typeof TeamIdSchema>;

/** What a socket starts as: the claims of its handshake, or `authDeadline` to send a token. */
export function initialAuth(claims: Claims | null, team: Team, now: number): SocketAuth {
  if (claims === null) return { state: 'waiting', team, deadline: now + SOCKET.authDeadline };
  if (claims.kind === 'host') return { state: 'host', claims };
  return { state: 'member', claims, warned: false };
}

/** The team that the socket connected to. */
export const teamOf = (auth: SocketAuth): Team => (auth.state === 'waiting' ? auth.team : auth.claims.team);

/** H2: when `authStep` has something to do; a host has its socket until its key is revoked (X4). */
export function authDeadline(auth: SocketAuth): number {
  switch (auth.state) {
    case 'waiting':
      return auth.deadline;
    case 'member':
      return auth.claims.expiresAt + (auth.warned ? SOCKET.expiryGrace : -SOCKET.expiryNotice);
    case 'host':
      return Number.POSITIVE_INFINITY;
  }
}

export type AuthStep =
  | { readonly kind: 'none' }
  /** Send `auth:expiring` and keep `auth`. */
  | { readonly kind: 'expiring'; readonly auth: SocketAuth; readonly expiresAt: number }
  | { readonly kind: 'close'; readonly code: number; readonly error: WireError };

/** What a socket's deadline asks for; called by the alarm, idempotent. */
export function nextAuthStep(auth: SocketAuth, now: number): AuthStep {
  if (now < authDeadline(auth)) return { kind: 'none' };
  const close = (error: WireError): AuthStep => ({ kind: 'close', code: CLOSE.unauthenticated, error });
  switch (auth.state) {
    case 'waiting':
      return close(wireError('AUTH_FAILED', 'no token came within 5 s'));
    case 'host':
      return { kind: 'none' };
    case 'member': {
      const { expiresAt } = auth.claims;
      if (auth.warned || now >= expiresAt + SOCKET.expiryGrace)
        return close(wireError('TOKEN_EXPIRED', 'the token has expired'));
      return { kind: 'expiring', auth: { ...auth, warned: true }, expiresAt };
    }
  }
}

/** A verified token that came in a message: the first (`auth`), or a renewal by the same member (`auth:refresh`). */
export function withToken(auth: SocketAuth, claims: MemberClaims): Result<MemberAuth, WireError> {
  if (claims.team !== teamOf(auth)) return err(wireError('AUTH_FAILED', 'The token is for another team'));
  if (auth.state === 'host') return err(wireError('AUTH_FAILED', 'a host cannot become a member'));
  if (auth.state === 'member' && auth.claims.member !== claims.member)
    return err(wireError('AUTH_FAILED', 'The token is for another member'));
  return ok({ state: 'member', claims, warned: false });
}

/**
 * X5: whether this socket may send this message now, by the one table. The role is the token's own, which
 * is renewed hourly; an expired connection may only renew.
 */
export function authorizeViewerMessage(
  auth: SocketAuth,
  type: ViewerType,
  now: number,
): Result<MemberClaims | null, WireError> {
  const least = VIEWER_MESSAGES[type].least;
  // One that brings a token is checked before it comes here.
  if (type === 'dashboard:connect' && auth.state === 'waiting')
    return err(wireError('AUTH_FAILED', 'A token is needed'));
  if (least === 'anyone') return ok(auth.state === 'member' ? auth.claims : null);
  if (auth.state === 'waiting') return err(wireError('AUTH_FAILED', 'the first message must bring a token'));
  if (auth.state === 'host') return err(wireError('INSUFFICIENT_PERMISSIONS', `A host may not send ${type}`));
  if (now >= auth.claims.expiresAt) return err(wireError('TOKEN_EXPIRED', 'the token has expired'));
  if (!allows(auth.claims.role, least))
    return err(wireError('INSUFFICIENT_PERMISSIONS', `The message ${type} needs the role ${least}`));
  return ok(auth.claims);
}
