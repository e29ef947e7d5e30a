import { type AgentUid, type MemberId, ok, type Result, type WireError } from '@muster/protocol';
import { applyChanges, type MemberClaims, type RightsChange } from '../../auth/claims.ts';
import { claimsOf, memberVerifier, type Trust, type VerifyMember } from '../../auth/guard-member.ts';
import type { AuditService } from '../audit-service.ts';
import {
  handle,
  type IdentityEffect,
  type IdentityEvent,
  type IdentityInput,
  type IdentityOperation,
  type IdentityOutput,
  type IdentityState,
  type IdentityStore,
  mayStillGrant,
  nextDeadline,
  openIdentity,
} from '../core/identity/index.ts';
import type { MemberReader } from '../core/push/index.ts';
import type { Lobby } from '../core/types.ts';

export interface IdentityPorts {
  readonly lobby: Lobby;
  readonly store: IdentityStore;
  readonly storage: Pick<DurableObjectStorage, 'transactionSync'>;
  readonly budgets: IdentityState['budgets'];
  readonly audit: Pick<AuditService, 'perform'>;
  /** Applies changed rights to the lobby's own sockets, for the claims that `isAffected` accepts. */
  readonly applyRightsChanges: (now: number, isAffected: (claims: MemberClaims) => boolean) => void;
  /** X3: sign-ins that ended: of a member everywhere (`sid` null), or one. */
  readonly signedOut: (memberId: MemberId | null, sid: string | null, gone: boolean) => void;
  /** X5: false: the room could not be reached. Idempotent. */
  readonly sendRights: (room: AgentUid, changes: readonly RightsChange[]) => Promise<boolean>;
  /** `nextDeadline` may have changed. */
  readonly onDeadlineChange: () => void;
  /** Resets the object when the work fails, since its memory would be ahead of the disk. */
  readonly orAbort: <T>(what: string, work: () => T) => T;
}

type Effect<A extends IdentityOperation> = IdentityEffect<IdentityOutput<A>>;

const queryOf = ({ member: memberId, sid }: MemberClaims) => ({ kind: 'session', memberId, sid }) as const;

/** The shell of the identity core: reads the clock, makes ids, carries effects out and passes on the answer. */
export class IdentityService {
  readonly #ports: IdentityPorts;
  readonly #state: IdentityState;

  constructor(ports: IdentityPorts) {
    this.#ports = ports;
    this.#state = openIdentity(ports.store, ports.lobby, ports.budgets);
  }

  answer<A extends IdentityOperation>(act: A, ask: IdentityInput<A>): IdentityOutput<A> {
    const [answer] = this.#handle({ type: 'operation', act, ask }).filter(({ type }) => type === 'answer');
    if (answer?.type !== 'answer') throw new Error(`${act} has no answer`);
    return answer.answer;
  }

  /** For tokens that come in messages. */
  verifier(trust: Trust): VerifyMember {
    return memberVerifier(trust, () => async (ask) => this.answer('standing', ask));
  }

  /** X5: the current claims of a member, from claims that may be outdated. */
  readonly currentClaims = (claims: MemberClaims): Result<MemberClaims, WireError> => {
    const rights = this.answer('standing', queryOf(claims));
    return rights.ok ? ok(claimsOf(this.#state.lobby.team, rights.value, claims.expiresAt)) : rights;
  };

  /** X18: a socket of this member opens in this room, which must receive their rights changes from now on. */
  recordVisit(claims: MemberClaims, room: AgentUid): void {
    this.answer('standing', { ...queryOf(claims), visits: room });
  }

  /** C10: a member, and the number of rights changes so far, as they are now. */
  readonly memberReader: MemberReader = {
    member: (id) => this.#state.people.members.get(id),
    revision: () => this.#state.people.revision(),
  };

  /** X4: whether the member who signed a right may still grant it. */
  mayStillGrant(memberId: MemberId): boolean {
    return mayStillGrant(this.#state.people.members.get(memberId));
  }

  /** H2: when to call `runDue`, ms since 1970; null: every room knows all rights. */
  get nextDeadline(): number | null {
    return nextDeadline(this.#state);
  }

  /** Sends rights changes that rooms have not confirmed: when the alarm fires, and after a start. */
  runDue(): void {
    this.#handle({ type: 'alarm' });
  }

  #handle<A extends IdentityOperation>(event: IdentityEvent<A>): Effect<A>[] {
    const what = event.type === 'operation' ? event.act : event.type;
    return this.#ports.orAbort(what, () => {
      const now = Date.now();
      const effects = handle(this.#state, event, { now, freshId: () => crypto.randomUUID() });
      for (const effect of effects) this.#perform(effect, now);
      // Most operations only read.
      if (event.type !== 'operation' || effects.length > 1) this.#ports.onDeadlineChange();
      return effects;
    });
  }

  #perform(effect: IdentityEffect, now: number): void {
    switch (effect.type) {
      case 'commit':
        return this.#ports.storage.transactionSync(() => {
          this.#ports.store.commit(effect.commit, now);
          for (const record of effect.commit.audit) this.#ports.audit.perform(record, now);
        });
      case 'signed-out':
        return this.#ports.signedOut(effect.memberId, null, false);
      case 'apply-rights':
        for (const { who, standing } of effect.changes) {
          if (standing !== null) continue;
          if (who.kind === 'session') this.#ports.signedOut(null, who.sid, false);
          else this.#ports.signedOut(who.memberId, null, true);
        }
        return this.#ports.applyRightsChanges(
          now,
          (claims) => applyChanges(claims, effect.changes) !== claims,
        );
      case 'send-rights':
        return void this.#sendRights(effect);
      case 'answer':
        return;
    }
  }

  async #sendRights({ room, pushes }: Extract<IdentityEffect, { type: 'send-rights' }>): Promise<void> {
    const changes = pushes.map(({ change }) => change);
    const ok = await this.#ports.sendRights(room, changes);
    const numbers = pushes.map(({ number }) => number);
    this.#handle({ type: 'rights-sent', room, numbers, ok });
  }
}
