import { err, ok, type Result, type WireError, wireError } from '@muster/protocol';
import type { StandingChange } from '../../../auth/claims.ts';
import type { Login, MemberRow, SessionRow, Standing } from './types.ts';

/** One answer for all that does not let somebody in: which it was helps only who tries. */
export const NOBODY = wireError('AUTH_FAILED', 'token: its sign-in has ended');

/** X5: what a session's member may do now; `member` and `session`: null where there is none. */
export function standingOf(
  member: MemberRow | null,
  session: SessionRow | null,
  revision: number,
  now: number,
): Result<Standing, WireError> {
  if (member === null || member.removedAt !== null) return err(NOBODY);
  if (session === null || session.memberId !== member.id || session.expiresAt <= now) return err(NOBODY);
  const { id, name, role, agents } = member;
  const limits = agents === null ? [] : [agents];
  return ok({ member: { id, name, role }, agents: limits, sid: session.sid, revision });
}

/** X5: what a member's sessions may do from now on. */
export function memberChange(
  { id, name, role, agents, removedAt }: MemberRow,
  revision: number,
): StandingChange {
  const limits = agents === null ? [] : [agents];
  const standing = removedAt === null ? { name, role, agents: limits } : null;
  return { who: { kind: 'member', memberId: id }, standing, revision };
}

/** X3: whom a one-time link signs in: the member as he is known, or a new one by the word of who holds the team's key. */
export function signedIn(known: MemberRow | null, { member }: Login, now: number): MemberRow | null {
  if (known !== null) return known.removedAt === null ? known : null;
  return { ...member, email: null, agents: null, createdAt: now, removedAt: null };
}
