import { err, LIMITS, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { renewed, sessionSummary } from '../core/members/sessions.ts';
import { NOBODY, signedIn } from '../core/members/standing.ts';
import type { Device, Login, MemberRow, SessionRow, Standing, StandingAsk } from '../core/members/types.ts';
import { begin } from './begin.ts';
import { byIdentity } from './identities.ts';
import type { Desk, Office } from './office.ts';

const NO_SESSION = wireError('NOT_FOUND', 'sid: there is no such session', { field: 'sid' });
const SPENT = wireError('AUTH_FAILED', 'code: was used before');
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `the team has ${LIMITS.membersPerTeam} members, the most it may`,
);

/** X3: sign-ins, their renewal and their end. */
export const sessionDesk = (
  office: Office,
): Pick<Desk, 'standing' | 'sign-in' | 'refresh' | 'sessions' | 'end-sessions'> => ({
  standing: (ask, now) => {
    const standing = ask.kind === 'identity' ? byIdentity(office, ask, now) : office.standing(ask, now);
    if (!standing.ok) return standing;
    const over = overBudget(office, ask, standing.value, now);
    if (over !== null) return err(over);
    if (ask.visits !== undefined) office.visit(standing.value, ask.visits);
    return standing;
  },
  'sign-in': ({ login, device }, now) => {
    const known = entering(office, login, now);
    const who = known.ok ? known.value : login.member;
    const error = known.ok ? undefined : known.error;
    office.note({ ...who, address: device.address }, { action: 'member:signin' }, now, error);
    return known.ok ? begin(office, known.value, device, now) : known;
  },
  refresh: ({ memberId, spent, device }, now) => {
    const session = office.store.session(device.sid);
    const standing = office.standing({ kind: 'session', memberId, sid: device.sid }, now);
    if (session === null || !standing.ok) return err(NOBODY);
    const next = renewed(session, spent, device, now);
    if (next === null) return stolen(office, standing.value, session, device, now);
    const over = office.overBudget('session', memberId, now);
    if (over !== null) return err(over);
    office.store.putSession(next);
    return standing;
  },
  sessions: ({ memberId, sid }, now) => {
    const open = office.store.sessionsOf(memberId).filter(({ expiresAt }) => expiresAt > now);
    return open.sort((a, b) => b.usedAt - a.usedAt).map((session) => sessionSummary(session, sid));
  },
  'end-sessions': ({ sid, by }, now) => {
    const own = office.store.sessionsOf(by.memberId);
    const ending = sid === null ? own : own.filter((session) => session.sid === sid);
    if (sid !== null && ending.length === 0) return err(NO_SESSION);
    for (const session of ending) office.endSession(session.sid, now);
    const what = { action: 'member:signout', ...(sid === null ? {} : { target: sid }) };
    return office.noted(by, what, ok(null), now);
  },
});

/** L, X18: what comes with the question is counted with it. An act over its budget is on record as refused. */
function overBudget(
  office: Office,
  { connects, spends }: StandingAsk,
  { member }: Standing,
  now: number,
): WireError | null {
  const tooMany = connects === true ? office.overBudget('member', member.id, now) : null;
  if (tooMany !== null || spends === undefined) return tooMany;
  const over = office.overBudget(spends.budget, member.id, now);
  if (over !== null && spends.act !== undefined)
    office.refused({ ...member, address: spends.act.address }, spends.act, over, now);
  return over;
}

/** X3: whom a one-time link signs in. */
function entering(office: Office, login: Login, now: number): Result<MemberRow, WireError> {
  if (!office.spend(login.code, login.expiresAt, now)) return err(SPENT);
  const known = office.store.member(login.member.id);
  if (known === null && office.store.members().length >= LIMITS.membersPerTeam) return err(FULL);
  const member = signedIn(known, login, now);
  if (member === null) return err(NOBODY);
  if (known === null) office.putMember(member, now);
  return ok(member);
}

/** X3: who used this token first cannot be told from a thief: nobody goes on with it. */
function stolen(
  office: Office,
  { member }: Standing,
  { sid }: SessionRow,
  { address }: Device,
  now: number,
): Result<Standing, WireError> {
  const error = wireError('AUTH_FAILED', 'token: was used before; its sign-in has ended');
  office.endSession(sid, now);
  const details = 'a used refresh token came again: its session was ended';
  office.tried({ ...member, address }, { action: 'member:refresh', target: sid, details }, error, now);
  return err(error);
}
