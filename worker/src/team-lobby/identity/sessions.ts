import { err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import type {
  AccessRights,
  AgentQuery,
  Device,
  LoginLink,
  MemberRow,
  RightsQuery,
  SessionRow,
} from '../core/identity/index.ts';
import {
  memberAfterLogin,
  renewSession,
  SIGN_IN_ENDED,
  sessionSummary,
  withUnused,
} from '../core/identity/index.ts';
import type { IdentityContext, IdentityHandlers } from './identity-context.ts';
import { rightsByIdentity } from './issuers.ts';
import { startSession } from './start-session.ts';

const NO_SESSION = wireError('NOT_FOUND', 'There is no such session', { field: 'sid' });
const SPENT = wireError('AUTH_FAILED', 'This link was used before', { reason: 'used' });
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `the team has ${LIMITS.membersPerTeam} members, the most it may`,
);

function withAgent(
  context: IdentityContext,
  rights: AccessRights,
  { agentId, stays }: AgentQuery,
): AccessRights {
  const reached = context.findAgent(agentId, rights.agents);
  if (stays && reached !== null) context.visit(rights, reached);
  return { ...rights, reached };
}

/** X3: sign-ins, their renewal and their end. */
export const sessionHandlers = (
  context: IdentityContext,
): Pick<IdentityHandlers, 'standing' | 'sign-in' | 'refresh' | 'sessions' | 'end-sessions'> => ({
  standing: (ask, now) => {
    const rights = ask.kind === 'identity' ? rightsByIdentity(context, ask, now) : context.rights(ask, now);
    if (!rights.ok) return rights;
    const over = chargeBudgets(context, ask, rights.value, now);
    if (over !== null) return err(over);
    if (ask.visits !== undefined) context.visit(rights.value, ask.visits);
    return ask.reaches === undefined ? rights : ok(withAgent(context, rights.value, ask.reaches));
  },
  'sign-in': ({ login, device }, now) => {
    const known = memberOfLogin(context, login, now);
    const who = known.ok ? known.value : login.member;
    const error = known.ok ? undefined : known.error;
    context.audit({ ...who, address: device.address }, { action: 'member:signin' }, now, error);
    return known.ok ? startSession(context, known.value, device, now) : known;
  },
  refresh: ({ memberId, spent, generation, generations = false, device }, now) => {
    const session = context.store.session(device.sid);
    const rights = context.rights({ kind: 'session', memberId, sid: device.sid }, now);
    if (session === null || !rights.ok) return err(SIGN_IN_ENDED);
    const next = renewSession(session, { hash: spent, generation }, device, now);
    if (next === null) return endStolenSession(context, rights.value, session, device, now);
    const kept = generations ? next : withUnused(next, device.refresh);
    // One that came again changes nothing, and writes nothing.
    if (kept !== session) {
      const over = context.chargeBudget('session', memberId, now);
      if (over !== null) return err(over);
      context.store.putSession(kept);
    }
    return ok({ ...rights.value, generation: next.generation });
  },
  sessions: ({ memberId, sid }, now) => {
    const open = context.store.sessionsOf(memberId).filter(({ expiresAt }) => expiresAt > now);
    return open.sort((a, b) => b.usedAt - a.usedAt).map((session) => sessionSummary(session, sid));
  },
  'end-sessions': ({ sid, by }, now) => {
    const own = context.store.sessionsOf(by.memberId);
    const ending = sid === null ? own : own.filter((session) => session.sid === sid);
    if (sid !== null && ending.length === 0) return err(NO_SESSION);
    for (const session of ending) context.endSession(session.sid, now);
    const what = { action: 'member:signout', ...(sid === null ? {} : { target: sid }) };
    return context.auditResult(by, what, ok(null), now);
  },
});

/** L, X18: charges the budgets that come with the query. An action over its budget is audited as refused. */
function chargeBudgets(
  context: IdentityContext,
  { connects, spends }: RightsQuery,
  { member }: AccessRights,
  now: number,
): WireError | null {
  const tooMany = connects === true ? context.chargeBudget('member', member.id, now) : null;
  if (tooMany !== null || spends === undefined) return tooMany;
  const over = context.chargeBudget(spends.budget, member.id, now);
  if (over !== null && spends.act !== undefined)
    context.auditRefusal({ ...member, address: spends.act.address }, spends.act, over, now);
  return over;
}

/** X3: the member that a one-time link signs in. */
function memberOfLogin(
  context: IdentityContext,
  login: LoginLink,
  now: number,
): Result<MemberRow, WireError> {
  if (!context.spendCode(login.code, login.expiresAt, now)) return err(SPENT);
  const known = context.store.member(login.member.id);
  if (known === null && context.store.members().length >= LIMITS.membersPerTeam) return err(FULL);
  const member = memberAfterLogin(known, login, now);
  if (member === null) return err(SIGN_IN_ENDED);
  if (known === null) context.putMember(member, now);
  return ok(member);
}

/** X3: the first user of a reused token cannot be told from a thief, so the session ends for both. */
function endStolenSession(
  context: IdentityContext,
  { member }: AccessRights,
  { sid }: SessionRow,
  { address }: Device,
  now: number,
): Result<AccessRights, WireError> {
  const error = wireError(
    'AUTH_FAILED',
    'This sign-in was used in two places, so it has ended; sign in again',
  );
  context.endSession(sid, now);
  const details = 'a used refresh token came again: its session was ended';
  context.auditFailure(
    { ...member, address },
    { action: 'member:refresh', target: sid, details },
    error,
    now,
  );
  return err(error);
}
