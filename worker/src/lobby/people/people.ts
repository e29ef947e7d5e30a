import { type AgentUid, type MemberId, ok, type Result, type TeamId, type WireError } from '@muster/protocol';
import { afterChanges, type MemberClaims, type StandingChange, tokenSid } from '../../auth/claims.ts';
import { claimsOf, memberVerifier, type Trust, type VerifyMember } from '../../auth/guard-member.ts';
import { mayGrant } from '../core/members/roster.ts';
import type { PeopleAct, PeopleAnswer, PeopleAsk } from '../core/members/types.ts';
import { identityDesk } from './identities.ts';
import { invitationDesk } from './invitations.ts';
import { memberDesk } from './members.ts';
import { type Desk, Office, type PeoplePorts } from './office.ts';
import { passkeyDesk } from './passkeys.ts';
import { type PushPorts, type PushStore, StandingPushes } from './pushes.ts';
import { sessionDesk } from './sessions.ts';
import { tokenDesk } from './tokens.ts';
import { concerned } from './visits.ts';

interface Ports extends Omit<PeoplePorts, 'changed'>, Pick<PushPorts, 'tell' | 'stepped'> {
  readonly team: TeamId;
  readonly pushes: PushStore;
  /** All of the team, those that are to know first first. */
  readonly rooms: () => readonly AgentUid[];
  /** The lobby's own sockets of whom this says that it is about them are to follow. */
  readonly follow: (now: number, isHis: (claims: MemberClaims) => boolean) => void;
}

/** The lobby's word on who is in the team. Each answer is one transaction, its audit entry within it (X8). */
export class People {
  readonly #team: TeamId;
  readonly #office: Office;
  readonly #desk: Desk;
  readonly #pushes: StandingPushes;

  constructor(ports: Ports) {
    const { team, store, visits, note, tried, spend, spends, tell, stepped } = ports;
    this.#team = team;
    this.#pushes = new StandingPushes({ store: ports.pushes, tell, stepped, now: () => Date.now() });
    const changed = (changes: readonly StandingChange[], now: number) => {
      ports.follow(now, (claims) => afterChanges(claims, changes) !== claims);
      const sidsOf = (memberId: MemberId) => [
        ...store.sessionsOf(memberId).map(({ sid }) => sid),
        ...store.tokensOf(memberId).map(({ id }) => tokenSid(id)),
      ];
      this.#pushes.push(concerned(changes, ports.rooms(), visits, sidsOf), now);
    };
    this.#office = new Office({ store, visits, note, tried, spend, spends, changed });
    this.#desk = {
      ...sessionDesk(this.#office),
      ...memberDesk(this.#office),
      ...invitationDesk(this.#office),
      ...passkeyDesk(this.#office),
      ...identityDesk(this.#office),
      ...tokenDesk(this.#office),
    };
  }

  answer<A extends PeopleAct>(act: A, ask: PeopleAsk<A>, now: number): PeopleAnswer<A> {
    return this.#desk[act](ask, now);
  }

  /** For tokens that come in messages. */
  verifier(trust: Trust): VerifyMember {
    return memberVerifier(trust, () => async (ask) => this.answer('standing', ask, Date.now()));
  }

  /** X5: who somebody is now, of whom something was said before. */
  readonly current = ({ member, sid, expiresAt }: MemberClaims): Result<MemberClaims, WireError> => {
    const standing = this.#office.standing({ kind: 'session', memberId: member, sid }, Date.now());
    return standing.ok ? ok(claimsOf(this.#team, standing.value, expiresAt)) : standing;
  };

  /** X18: a socket of this member goes to this room, which is to hear of changes from now on. */
  visits({ sid }: MemberClaims, room: AgentUid): void {
    this.#office.visit({ sid }, room);
  }

  /** X4: whether a right that somebody signed away is his to give now. Whom nobody knows is who holds the team's key. */
  stillGrants(memberId: MemberId): boolean {
    const member = this.#office.store.member(memberId);
    return member === null || mayGrant(member);
  }

  /** H2: when `run` is to be called, ms; null: every room knows all. */
  get due(): number | null {
    return this.#pushes.due;
  }

  /** Rooms that do not know yet are told. */
  run(now: number): void {
    this.#pushes.run(now);
  }
}
