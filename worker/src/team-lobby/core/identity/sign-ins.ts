import { err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import type { Actor, AuditedAction } from '../../../audit/entry.ts';
import { tokenOfSid, tokenSid } from '../../../auth/claims.ts';
import {
  matchingToken,
  memberRightsChanges,
  SIGN_IN_ENDED,
  sessionRights,
  tokenRights,
} from './access-rights.ts';
import { mayGrant } from './roster.ts';
import { newSession, sessionsToEnd } from './sessions.ts';
import type {
  AccessRights,
  ActingMember,
  Device,
  MemberRow,
  SignInQuery,
  TokenDevice,
  TokenRow,
} from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** How exactly the last use of a token is known, ms. */
const LAST_USE_PRECISION = 3_600_000;

const NOT_A_FULL_ADMIN = wireError(
  'INSUFFICIENT_PERMISSIONS',
  'needs an admin who is not limited to some agents',
);

/** X5: the rights of a session or token now. */
export function rightsOf(work: UnitOfWork, ask: SignInQuery): Result<AccessRights, WireError> {
  if (ask.kind === 'token') return rightsOfToken(work, matchingToken(work.tokens.get(ask.id), ask.hash));
  const id = tokenOfSid(ask.sid);
  if (id !== null) {
    const token = work.tokens.get(id);
    return rightsOfToken(work, token?.createdBy === ask.memberId ? token : null);
  }
  return sessionRights(work.members.get(ask.memberId), work.sessions.get(ask.sid), work.revision, work.now);
}

function rightsOfToken(work: UnitOfWork, token: TokenRow | null): Result<AccessRights, WireError> {
  const maker = token === null ? null : work.members.get(token.createdBy);
  const rights = tokenRights(maker, token, work.revision, work.now);
  // To the hour: each time would be a row a request.
  if (rights.ok && token !== null && work.now - (token.usedAt ?? 0) >= LAST_USE_PRECISION)
    work.tokens.put({ ...token, usedAt: work.now });
  return rights;
}

const rightsOfActor = (work: UnitOfWork, { memberId, sid }: ActingMember) =>
  rightsOf(work, { kind: 'session', memberId, sid });

/** X5: only a member who has all rights now may grant or take rights. */
export function checkGranter(work: UnitOfWork, by: ActingMember): Result<null, WireError> {
  const rights = rightsOfActor(work, by);
  if (!rights.ok) return err(SIGN_IN_ENDED);
  const { member, agents } = rights.value;
  return member.role === 'admin' && agents.length === 0 ? ok(null) : err(NOT_A_FULL_ADMIN);
}

/** X8: the member as the audit log names them. */
function actorOf(work: UnitOfWork, by: ActingMember): Actor {
  const rights = rightsOfActor(work, by);
  const known = rights.ok ? rights.value.member : work.members.get(by.memberId);
  return { id: by.memberId, name: known?.name ?? '', role: known?.role ?? null, address: by.address };
}

/** X8: audits how a member's action ended. */
export function auditResult<T>(
  work: UnitOfWork,
  by: ActingMember,
  action: AuditedAction,
  result: Result<T, WireError>,
): Result<T, WireError> {
  if (result.ok) work.audit(actorOf(work, by), action);
  else work.auditRefusal(actorOf(work, by), action, result.error);
  return result;
}

/** Starts a session for the member. */
export function startSession(
  work: UnitOfWork,
  member: MemberRow,
  device: TokenDevice & Partial<Device>,
): Result<AccessRights, WireError> {
  dropExpired(work);
  const own = work.sessions.ofMember(member.id);
  for (const { sid } of sessionsToEnd(own, LIMITS.sessionsPerMember)) endSession(work, sid);
  const session = newSession(member.id, device, work.now);
  work.sessions.put(session);
  return sessionRights(member, session, work.revision, work.now);
}

/** Ends a session or an API token: its sockets close. */
export function endSession(work: UnitOfWork, sid: string): void {
  const token = tokenOfSid(sid);
  if (token === null) work.sessions.drop(sid);
  else work.tokens.drop(token);
  work.publish([{ who: { kind: 'session', sid }, standing: null, revision: work.nextRevision() }]);
  work.dropVisits(sid);
}

/** Deletes sessions, tokens and invitations that expired. */
export function dropExpired(work: UnitOfWork): void {
  for (const id of work.invitations.expired(work.now)) work.invitations.drop(id);
  for (const sid of work.sessions.expired(work.now)) {
    work.sessions.drop(sid);
    work.dropVisits(sid);
  }
  for (const id of work.tokens.expired(work.now)) {
    work.tokens.drop(id);
    work.dropVisits(tokenSid(id));
  }
}

/**
 * Stores the member; their sockets get the new rights, or close. A new member has no sockets, so no room is
 * woken (H2).
 */
export function storeMember(work: UnitOfWork, row: MemberRow): void {
  const isNew = work.members.get(row.id) === null;
  work.members.put(row);
  if (isNew) return;
  const tokens = work.tokens.ofMember(row.id);
  work.publish(memberRightsChanges(row, tokens, work.nextRevision(), work.now));
  // X3: they could return by an invitation of their own.
  if (!mayGrant(row)) for (const { id } of work.invitations.ofMember(row.id)) work.invitations.drop(id);
  if (row.removedAt !== null) dropSignIns(work, row);
}

function dropSignIns(work: UnitOfWork, { id: memberId }: MemberRow): void {
  for (const { sid } of work.sessions.ofMember(memberId)) {
    work.sessions.drop(sid);
    work.dropVisits(sid);
  }
  for (const { id } of work.tokens.ofMember(memberId)) {
    work.tokens.drop(id);
    work.dropVisits(tokenSid(id));
  }
  for (const { id } of work.passkeys.ofMember(memberId)) work.passkeys.drop(id);
}
