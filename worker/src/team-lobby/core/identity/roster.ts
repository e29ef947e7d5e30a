import {
  err,
  LIMITS,
  type MemberDetails,
  type MemberGrant,
  type MemberId,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { MemberChange, MemberRow, SessionRow } from './types.ts';

export const TEAM_FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `the team has ${LIMITS.membersPerTeam} members, the most it may`,
);
const LAST = wireError('INVALID_STATE', 'the team needs one admin who is not limited to some agents');
const TAKEN = wireError('INVALID_STATE', 'Another member has this e-mail address', { field: 'email' });
const NO_MEMBER = wireError('NOT_FOUND', 'There is no such member', { field: 'id' });

export const isPresent = ({ removedAt }: MemberRow): boolean => removedAt === null;

/** X5: only an admin of every agent may grant rights, since nobody may grant more than they have. */
export const mayGrant = (row: MemberRow): boolean =>
  isPresent(row) && row.role === 'admin' && row.agents === null;

/**
 * X4: whether the member who signed a right may still grant it; null: they are unknown, so they are the holder of the
 * team's key.
 */
export const mayStillGrant = (row: MemberRow | null): boolean => row === null || mayGrant(row);

/** A member as admins see them. `sessions`: the member's own. */
export const memberDetails = (
  { id, name, role, agents, email, createdAt }: MemberRow,
  sessions: readonly SessionRow[],
): MemberDetails => ({
  id,
  name,
  role,
  agents,
  email,
  createdAt,
  seenAt: sessions.length === 0 ? null : Math.max(...sessions.map(({ usedAt }) => usedAt)),
});

/** A new member, with an id that was never used before. */
export function addMember(
  members: readonly MemberRow[],
  id: MemberId,
  { name, role, agents, email }: MemberGrant,
  now: number,
): Result<MemberRow, WireError> {
  if (members.length >= LIMITS.membersPerTeam) return err(TEAM_FULL);
  if (isTaken(members, id, email)) return err(TAKEN);
  return ok({ id, name, role, agents, email, createdAt: now, removedAt: null });
}

/** The member's row after the change. */
export function changeMember(
  members: readonly MemberRow[],
  id: string,
  { name, role, agents, email }: MemberChange,
): Result<MemberRow, WireError> {
  const row = members.find((member) => member.id === id && isPresent(member));
  if (row === undefined) return err(NO_MEMBER);
  const next = {
    ...row,
    ...(name === undefined ? {} : { name }),
    ...(role === undefined ? {} : { role }),
    ...(agents === undefined ? {} : { agents }),
    ...(email === undefined ? {} : { email }),
  };
  if (isTaken(members, row.id, next.email)) return err(TAKEN);
  return keepsAdmin(members, row, next) ? ok(next) : err(LAST);
}

/**
 * The row of a removed member. It stays, so that the id is never reused, and keeps the e-mail address, so
 * that no issuer brings the person back as a newcomer.
 */
export function removeMember(
  members: readonly MemberRow[],
  id: string,
  now: number,
): Result<MemberRow, WireError> {
  const row = members.find((member) => member.id === id && isPresent(member));
  if (row === undefined) return err(NO_MEMBER);
  const next = { ...row, removedAt: now };
  return keepsAdmin(members, row, next) ? ok(next) : err(LAST);
}

/** Whether an admin who may grant rights remains when `row` becomes `next`. */
const keepsAdmin = (members: readonly MemberRow[], row: MemberRow, next: MemberRow): boolean =>
  !mayGrant(row) || mayGrant(next) || members.some((other) => other.id !== next.id && mayGrant(other));

const isTaken = (members: readonly MemberRow[], id: string, email: string | null): boolean =>
  email !== null && members.some((other) => other.id !== id && isPresent(other) && other.email === email);
