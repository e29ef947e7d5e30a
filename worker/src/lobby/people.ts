import {
  type AuditEntry,
  err,
  LIMITS,
  type MemberId,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type Actor, type Asked, draft, settled } from '../audit/entry.ts';
import { crowdedOut, newSession, renewed, sessionSummary } from './core/members/sessions.ts';
import { NOBODY, signedIn, standingOf } from './core/members/standing.ts';
import type {
  Acting,
  Device,
  Login,
  MemberRow,
  PeopleAct,
  PeopleAnswer,
  PeopleAsk,
  SessionRow,
  Standing,
  StandingAsk,
} from './core/members/types.ts';

/** Where people and their sign-ins are kept. Synchronous. */
export interface PeopleStore {
  revision(): number;
  member(id: MemberId): MemberRow | null;
  members(): readonly MemberRow[];
  putMember(row: MemberRow): void;
  session(sid: string): SessionRow | null;
  sessionsOf(memberId: MemberId): readonly SessionRow[];
  putSession(row: SessionRow): void;
  dropSession(sid: string): void;
  dropExpired(now: number): void;
}

export interface PeoplePorts {
  readonly store: PeopleStore;
  /** X8. */
  readonly note: (entry: AuditEntry, now: number) => void;
  /** True the first time a one-time code is used, before `expiresAt` (ms). */
  readonly spend: (code: string, expiresAt: number, now: number) => boolean;
}

type Desk = {
  readonly [A in PeopleAct]: (ask: PeopleAsk<A>, now: number) => PeopleAnswer<A>;
};

const NO_SESSION = wireError('NOT_FOUND', 'sid: there is no such session', { field: 'sid' });
const SPENT = wireError('AUTH_FAILED', 'code: was used before');
const FULL = wireError(
  'RESOURCE_EXHAUSTED',
  `the team has ${LIMITS.membersPerTeam} members, the most it may`,
);

/** The lobby's desk for who is in the team. Each answer is one transaction, its audit entry within it (X8). */
export class People {
  readonly #ports: PeoplePorts;
  readonly #store: PeopleStore;
  readonly #desk: Desk = {
    standing: (ask, now) => this.standing(ask, now),
    'sign-in': ({ login, device }, now) => {
      const entering = this.#entering(login, now);
      const error = entering.ok ? undefined : entering.error;
      const who = entering.ok ? entering.value : login.member;
      this.#note({ ...who, address: device.address }, { action: 'member:signin' }, now, error);
      return entering.ok ? this.#begin(entering.value, device, now) : entering;
    },
    refresh: ({ memberId, spent, device }, now) => {
      const session = this.#store.session(device.sid);
      const standing = this.standing({ kind: 'session', memberId, sid: device.sid }, now);
      if (session === null || !standing.ok) return err(NOBODY);
      const next = renewed(session, spent, device, now);
      if (next === null) return this.#stolen(standing.value, session, device, now);
      this.#store.putSession(next);
      return standing;
    },
    sessions: ({ memberId, sid }, now) => {
      const open = this.#store.sessionsOf(memberId).filter(({ expiresAt }) => expiresAt > now);
      return open.sort((a, b) => b.usedAt - a.usedAt).map((session) => sessionSummary(session, sid));
    },
    'end-sessions': ({ sid, by }, now) => {
      const own = this.#store.sessionsOf(by.memberId);
      const ending = sid === null ? own : own.filter((session) => session.sid === sid);
      if (sid !== null && ending.length === 0) return err(NO_SESSION);
      for (const session of ending) this.#store.dropSession(session.sid);
      this.#note(
        this.#actor(by),
        { action: 'member:signout', ...(sid === null ? {} : { target: sid }) },
        now,
      );
      return ok(null);
    },
  };

  constructor(ports: PeoplePorts) {
    this.#ports = ports;
    this.#store = ports.store;
  }

  answer<A extends PeopleAct>(act: A, ask: PeopleAsk<A>, now: number): PeopleAnswer<A> {
    return this.#desk[act](ask, now);
  }

  /** X5: who somebody is now. */
  standing({ memberId, sid }: StandingAsk, now: number): Result<Standing, WireError> {
    const session = this.#store.session(sid);
    return standingOf(this.#store.member(memberId), session, this.#store.revision(), now);
  }

  /** X3: whom a one-time link signs in. */
  #entering(login: Login, now: number): Result<MemberRow, WireError> {
    if (!this.#ports.spend(login.code, login.expiresAt, now)) return err(SPENT);
    const known = this.#store.member(login.member.id);
    if (known === null && this.#store.members().length >= LIMITS.membersPerTeam) return err(FULL);
    const entering = signedIn(known, login, now);
    if (entering === null) return err(NOBODY);
    if (known === null) this.#store.putMember(entering);
    return ok(entering);
  }

  #begin(member: MemberRow, device: Device, now: number): Result<Standing, WireError> {
    this.#store.dropExpired(now);
    const own = this.#store.sessionsOf(member.id);
    for (const { sid } of crowdedOut(own, LIMITS.sessionsPerMember)) this.#store.dropSession(sid);
    const session = newSession(member.id, device, now);
    this.#store.putSession(session);
    return standingOf(member, session, this.#store.revision(), now);
  }

  /** X3: who used this token first cannot be told from a thief: nobody goes on with it. */
  #stolen(
    { member }: Standing,
    { sid }: SessionRow,
    { address }: Device,
    now: number,
  ): Result<Standing, WireError> {
    const error = wireError('AUTH_FAILED', 'token: was used before; its sign-in has ended');
    this.#store.dropSession(sid);
    const details = 'a used refresh token came again: its session was ended';
    this.#note({ ...member, address }, { action: 'member:refresh', target: sid, details }, now, error);
    return err(error);
  }

  #actor({ memberId, address }: Acting): Actor {
    const known = this.#store.member(memberId);
    return { id: memberId, name: known?.name ?? '', role: known?.role ?? null, address };
  }

  #note(actor: Actor, asked: Asked, now: number, error?: WireError): void {
    this.#ports.note(settled(draft(actor, asked), error, now), now);
  }
}
