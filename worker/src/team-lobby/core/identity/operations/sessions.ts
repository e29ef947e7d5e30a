import { err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { memberAfterLogin, SIGN_IN_ENDED } from '../access-rights.ts';
import { TEAM_FULL } from '../roster.ts';
import { renewSession, sessionSummary, withUnused } from '../sessions.ts';
import { auditResult, endSession, rightsOf, startSession, storeMember } from '../sign-ins.ts';
import type {
  AccessRights,
  AgentQuery,
  Device,
  IdentityInput,
  IdentityOutput,
  LoginLink,
  MemberRow,
  RightsQuery,
  SessionRow,
} from '../types.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { rightsByIdentity } from './issuers.ts';
import type { Operations } from './operations.ts';

const NO_SESSION = wireError('NOT_FOUND', 'There is no such session', { field: 'sid' });
const SPENT = wireError('AUTH_FAILED', 'This link was used before', { reason: 'used' });
const USED_TWICE = wireError(
  'AUTH_FAILED',
  'This sign-in was used in two places, so it has ended; sign in again',
);

/** X3: sign-ins, their renewal and their end. */
export const sessionOperations: Operations<'standing' | 'sign-in' | 'refresh' | 'sessions' | 'end-sessions'> =
  {
    standing: (work, ask) => {
      const rights = ask.kind === 'identity' ? rightsByIdentity(work, ask) : rightsOf(work, ask);
      if (!rights.ok) return rights;
      const over = chargeBudgets(work, ask, rights.value);
      if (over !== null) return err(over);
      if (ask.visits !== undefined) work.visit(rights.value.sid, ask.visits);
      return ask.reaches === undefined ? rights : ok(withAgent(work, rights.value, ask.reaches));
    },
    'sign-in': (work, { login, device }) => {
      const known = memberOfLogin(work, login);
      const { address } = device;
      if (!known.ok) {
        work.auditRefusal({ ...login.member, address }, { action: 'member:signin' }, known.error);
        return known;
      }
      work.audit({ ...known.value, address }, { action: 'member:signin' });
      return startSession(work, known.value, device);
    },
    refresh,
    sessions: (work, { memberId, sid }) => {
      const open = work.sessions.ofMember(memberId).filter(({ expiresAt }) => expiresAt > work.now);
      return open.sort((a, b) => b.usedAt - a.usedAt).map((session) => sessionSummary(session, sid));
    },
    'end-sessions': (work, { sid, by }) => {
      const own = work.sessions.ofMember(by.memberId);
      const ending = sid === null ? own : own.filter((session) => session.sid === sid);
      if (sid !== null && ending.length === 0) return err(NO_SESSION);
      for (const session of ending) endSession(work, session.sid);
      if (sid === null) work.signOut(by.memberId);
      const action = { action: 'member:signout', ...(sid === null ? {} : { target: sid }) };
      return auditResult(work, by, action, ok(null));
    },
  };

function withAgent(work: UnitOfWork, rights: AccessRights, { agentId, stays }: AgentQuery): AccessRights {
  const reached = work.findAgent(agentId, rights.agents);
  if (stays && reached !== null) work.visit(rights.sid, reached);
  return { ...rights, reached };
}

function refresh(
  work: UnitOfWork,
  { memberId, spent, generation, generations = false, device }: IdentityInput<'refresh'>,
): IdentityOutput<'refresh'> {
  const session = work.sessions.get(device.sid);
  const rights = rightsOf(work, { kind: 'session', memberId, sid: device.sid });
  if (session === null || !rights.ok) return err(SIGN_IN_ENDED);
  const next = renewSession(session, { hash: spent, generation }, device, work.now);
  if (next === null) return endStolenSession(work, rights.value, session, device);
  const kept = generations ? next : withUnused(next, device.refresh);
  // One that came again changes nothing, and writes nothing.
  if (kept !== session) {
    const over = work.chargeBudget('session', memberId);
    if (over !== null) return err(over);
    work.sessions.put(kept);
  }
  return ok({ ...rights.value, generation: next.generation });
}

/** L, X18: charges the budgets that come with the query. An action over its budget is audited as refused. */
function chargeBudgets(
  work: UnitOfWork,
  { connects, spends }: RightsQuery,
  { member }: AccessRights,
): WireError | null {
  const tooMany = connects === true ? work.chargeBudget('member', member.id) : null;
  if (tooMany !== null || spends === undefined) return tooMany;
  const over = work.chargeBudget(spends.budget, member.id);
  if (over !== null && spends.act !== undefined)
    work.auditRefusal({ ...member, address: spends.act.address }, spends.act, over);
  return over;
}

/** X3: the member that a one-time link signs in. */
function memberOfLogin(work: UnitOfWork, login: LoginLink): Result<MemberRow, WireError> {
  if (!work.spendCode(login)) return err(SPENT);
  const known = work.members.get(login.member.id);
  if (known === null && work.members.all().length >= LIMITS.membersPerTeam) return err(TEAM_FULL);
  const member = memberAfterLogin(known, login, work.now);
  if (member === null) return err(SIGN_IN_ENDED);
  if (known === null) storeMember(work, member);
  return ok(member);
}

/** X3: the first user of a reused token cannot be told from a thief, so the session ends for both. */
function endStolenSession(
  work: UnitOfWork,
  { member }: AccessRights,
  { sid }: SessionRow,
  { address }: Device,
): Result<AccessRights, WireError> {
  endSession(work, sid);
  const details = 'a used refresh token came again: its session was ended';
  work.auditFailure({ ...member, address }, { action: 'member:refresh', target: sid, details }, USED_TWICE);
  return err(USED_TWICE);
}
