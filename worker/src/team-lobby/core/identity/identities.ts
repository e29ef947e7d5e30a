import { err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { isPresent, TEAM_FULL } from './roster.ts';
import type { Identity, MemberRow } from './types.ts';

/** The same error for all: the exact reason would only help an attacker. */
const UNKNOWN = wireError(
  'AUTH_FAILED',
  'This sign-in belongs to nobody in this team; ask an admin to invite you',
);

/**
 * X2: the member of an identity: the one that the settings map it to; else the one it created; else the one
 * with its verified e-mail address; else, where newcomers are allowed, a new one. A removed member is never
 * recognized again.
 */
export function recognize(
  members: readonly MemberRow[],
  { mapped, ownId, email, newcomers, name }: Identity,
  now: number,
): Result<MemberRow, WireError> {
  const known = members.find(({ id }) => id === (mapped ?? ownId));
  if (known !== undefined || mapped !== null)
    return known !== undefined && isPresent(known) ? ok(known) : err(UNKNOWN);
  const named = email === null ? [] : members.filter((member) => member.email === email);
  const present = named.find(isPresent);
  if (present !== undefined) return ok(present);
  if (named.length > 0 || newcomers === null) return err(UNKNOWN);
  if (members.length >= LIMITS.membersPerTeam) return err(TEAM_FULL);
  return ok({ id: ownId, name, role: newcomers, agents: null, email, createdAt: now, removedAt: null });
}
