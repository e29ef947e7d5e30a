import { type AgentUid, type MemberId, ok, type Result, type TeamId, type WireError } from '@muster/protocol';
import { applyChanges, type MemberClaims, type RightsChange, tokenSid } from '../../auth/claims.ts';
import { claimsOf, memberVerifier, type Trust, type VerifyMember } from '../../auth/guard-member.ts';
import type { IdentityInput, IdentityOperation, IdentityOutput } from '../core/identity/index.ts';
import { mayGrant } from '../core/identity/index.ts';
import { IdentityContext, type IdentityHandlers, type IdentityPorts } from './identity-context.ts';
import { invitationHandlers } from './invitations.ts';
import { issuerHandlers } from './issuers.ts';
import { memberHandlers } from './members.ts';
import { passkeyHandlers } from './passkeys.ts';
import { RightsPublisher, type RightsPublisherPorts, type RightsPushStore } from './rights-publisher.ts';
import { sessionHandlers } from './sessions.ts';
import { tokenHandlers } from './tokens.ts';
import { changesByRoom } from './visits.ts';

interface Ports
  extends Omit<IdentityPorts, 'publishChanges'>,
    Pick<RightsPublisherPorts, 'send' | 'onDeadlineChange'> {
  readonly team: TeamId;
  readonly pushes: RightsPushStore;
  /** All of the team, those that are to know first first. */
  readonly rooms: () => readonly AgentUid[];
  /** Applies changed rights to the lobby's own sockets, for the claims that `isAffected` accepts. */
  readonly applyRightsChanges: (now: number, isAffected: (claims: MemberClaims) => boolean) => void;
}

/** Members, sign-ins and rights of a team. Each answer is one transaction, including its audit entry (X8). */
export class IdentityService {
  readonly #team: TeamId;
  readonly #context: IdentityContext;
  readonly #handlers: IdentityHandlers;
  readonly #pushes: RightsPublisher;

  constructor(ports: Ports) {
    const { team, store, visits, audit, auditFailure, spendCode, chargeBudget, findAgent } = ports;
    const { send, onDeadlineChange } = ports;
    this.#team = team;
    this.#pushes = new RightsPublisher({
      store: ports.pushes,
      send,
      onDeadlineChange,
      now: () => Date.now(),
    });
    const publishChanges = (changes: readonly RightsChange[], now: number) => {
      ports.applyRightsChanges(now, (claims) => applyChanges(claims, changes) !== claims);
      const sidsOf = (memberId: MemberId) => [
        ...store.sessionsOf(memberId).map(({ sid }) => sid),
        ...store.tokensOf(memberId).map(({ id }) => tokenSid(id)),
      ];
      this.#pushes.push(changesByRoom(changes, ports.rooms(), visits, sidsOf), now);
    };
    this.#context = new IdentityContext({
      store,
      visits,
      audit,
      auditFailure,
      spendCode,
      chargeBudget,
      findAgent,
      publishChanges,
    });
    this.#handlers = {
      ...sessionHandlers(this.#context),
      ...memberHandlers(this.#context),
      ...invitationHandlers(this.#context),
      ...passkeyHandlers(this.#context),
      ...issuerHandlers(this.#context),
      ...tokenHandlers(this.#context),
    };
  }

  answer<A extends IdentityOperation>(act: A, ask: IdentityInput<A>, now: number): IdentityOutput<A> {
    return this.#handlers[act](ask, now);
  }

  /** For tokens that come in messages. */
  verifier(trust: Trust): VerifyMember {
    return memberVerifier(trust, () => async (ask) => this.answer('standing', ask, Date.now()));
  }

  /** X5: the current claims of a member, from claims that may be outdated. */
  readonly currentClaims = ({ member, sid, expiresAt }: MemberClaims): Result<MemberClaims, WireError> => {
    const rights = this.#context.rights({ kind: 'session', memberId: member, sid }, Date.now());
    return rights.ok ? ok(claimsOf(this.#team, rights.value, expiresAt)) : rights;
  };

  /** X18: a socket of this member opens in this room, which must receive their rights changes from now on. */
  recordVisit({ sid }: MemberClaims, room: AgentUid): void {
    this.#context.visit({ sid }, room);
  }

  /**
   * X4: whether the member who signed a right may still grant it. An unknown member is the holder of the
   * team's key.
   */
  mayStillGrant(memberId: MemberId): boolean {
    const member = this.#context.store.member(memberId);
    return member === null || mayGrant(member);
  }

  /** H2: when `run` is to be called, ms; null: every room knows all. */
  get nextDeadline(): number | null {
    return this.#pushes.nextDeadline;
  }

  /** Sends pending rights changes to rooms. */
  publishDue(now: number): void {
    this.#pushes.sendDue(now);
  }
}
