import { err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { isPresent } from './roster.ts';
import type { Identity, MemberRow } from './types.ts';

/** The same error for all: the exact reason would only help an attacker. */
const UNKNOWN = wireError(
  'AUTH_FAILED',
  'This sign-in belongs to nobody in this team; ask an admin to invite you',
);
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `the team has ${LIMITS.membersPerTeam} members, the most it may`,
);

/**
 * X2: whose member an identity is: the one the settings name for it; else the one it made; else the one whose verified
 * e-mail address it has; else, where newcomers may come, a new one. Whoever was removed stays so, by whatever comes.
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
  if (members.length >= LIMITS.membersPerTeam) return err(FULL);
  return ok({ id: ownId, name, role: newcomers, agents: null, email, createdAt: now, removedAt: null });
}
