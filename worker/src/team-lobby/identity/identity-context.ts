import {
  type AgentLimit,
  type AgentUid,
  type AuditEntry,
  err,
  type MemberId,
  ok,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';
import { type Actor, type AuditedAction, completeEntry, newDraft } from '../../audit/entry.ts';
import { type RightsChange, tokenOfSid, tokenSid } from '../../auth/claims.ts';
import type { MemberBudget } from '../core/budgets.ts';
import type {
  AccessRights,
  ActingMember,
  IdentityInput,
  IdentityOperation,
  IdentityOutput,
  InvitationRow,
  MemberRow,
  PasskeyRow,
  SessionRow,
  SignInQuery,
  TokenRow,
} from '../core/identity/index.ts';
import {
  matchingToken,
  mayGrant,
  memberRightsChanges,
  SIGN_IN_ENDED,
  sessionRights,
  tokenRights,
} from '../core/identity/index.ts';
import type { EVERY_ROOM, VisitStore } from './visits.ts';

/** Where people and their sign-ins are kept. Synchronous. */
export interface IdentityStore {
  revision(): number;
  /** One more change: its number. */
  nextRevision(): number;
  member(id: string): MemberRow | null;
  members(): readonly MemberRow[];
  putMember(row: MemberRow): void;
  session(sid: string): SessionRow | null;
  sessionsOf(memberId: MemberId): readonly SessionRow[];
  putSession(row: SessionRow): void;
  dropSession(sid: string): void;
  invitation(id: string): InvitationRow | null;
  invitations(): readonly InvitationRow[];
  putInvitation(row: InvitationRow): void;
  dropInvitation(id: string): void;
  token(id: string): TokenRow | null;
  tokens(): readonly TokenRow[];
  tokensOf(memberId: MemberId): readonly TokenRow[];
  putToken(row: TokenRow): void;
  dropToken(id: string): void;
  passkey(id: string): PasskeyRow | null;
  passkeysOf(memberId: MemberId): readonly PasskeyRow[];
  putPasskey(row: PasskeyRow): void;
  dropPasskey(id: string): void;
  /** Deletes expired invitations, sessions and tokens. Returns the ids of the sessions and tokens. */
  dropExpired(now: number): { readonly sessions: readonly string[]; readonly tokens: readonly string[] };
}

export interface IdentityPorts {
  readonly store: IdentityStore;
  /** X18: which rooms a sign-in has been in. */
  readonly visits: VisitStore;
  /** X8. */
  readonly audit: (entry: AuditEntry, now: number) => void;
  /** X8: audits an action that failed and had consequences: it is always recorded. */
  readonly auditFailure: (entry: AuditEntry, now: number) => void;
  /** True the first time a one-time code is used, before `expiresAt` (ms). */
  readonly spendCode: (code: string, expiresAt: number, now: number) => boolean;
  /** L, X18: counts one more of what a member has a budget for; why it may not be, or null. */
  readonly chargeBudget: (budget: MemberBudget, memberId: MemberId, now: number) => WireError | null;
  /** X5: finds an agent by name; null: there is none that these limits allow seeing. */
  readonly findAgent: (agentId: string, limits: readonly AgentLimit[]) => AgentUid | null;
  /** X5: every socket is to follow, here and in the rooms. */
  readonly publishChanges: (changes: readonly RightsChange[], now: number) => void;
}

/** One handler for each operation, in a file by noun. */
export type IdentityHandlers = {
  readonly [A in IdentityOperation]: (ask: IdentityInput<A>, now: number) => IdentityOutput<A>;
};

/** How exactly the last use of a token is known, ms. */
const LAST_USE_PRECISION = 3_600_000;

const NOT_A_FULL_ADMIN = wireError(
  'INSUFFICIENT_PERMISSIONS',
  'needs an admin who is not limited to some agents',
);

/** Shared by all handlers: rights, audit, and publishing changes to every socket. */
export class IdentityContext {
  readonly #ports: IdentityPorts;
  readonly store: IdentityStore;

  constructor(ports: IdentityPorts) {
    this.#ports = ports;
    this.store = ports.store;
  }

  spendCode(code: string, expiresAt: number, now: number): boolean {
    return this.#ports.spendCode(code, expiresAt, now);
  }

  /** X5: the rights of a session or token now. */
  rights(ask: SignInQuery, now: number): Result<AccessRights, WireError> {
    if (ask.kind === 'token')
      return this.#tokenRights(matchingToken(this.store.token(ask.id), ask.hash), now);
    const id = tokenOfSid(ask.sid);
    if (id !== null) {
      const token = this.store.token(id);
      return this.#tokenRights(token?.createdBy === ask.memberId ? token : null, now);
    }
    const member = this.store.member(ask.memberId);
    return sessionRights(member, this.store.session(ask.sid), this.store.revision(), now);
  }

  #tokenRights(token: TokenRow | null, now: number): Result<AccessRights, WireError> {
    const maker = token === null ? null : this.store.member(token.createdBy);
    const rights = tokenRights(maker, token, this.store.revision(), now);
    // To the hour: each time would be a row a request.
    if (rights.ok && token !== null && now - (token.usedAt ?? 0) >= LAST_USE_PRECISION)
      this.store.putToken({ ...token, usedAt: now });
    return rights;
  }

  /** X18: a socket of theirs goes to this room. */
  visit({ sid }: Pick<AccessRights, 'sid'>, room: AgentUid | typeof EVERY_ROOM): void {
    this.#ports.visits.add(sid, room);
  }

  /** Deletes sessions, tokens and invitations that expired. */
  dropExpired(now: number): void {
    const { sessions, tokens } = this.store.dropExpired(now);
    for (const sid of [...sessions, ...tokens.map(tokenSid)]) this.#ports.visits.drop(sid);
  }

  /** L, X18: why this may not be one more of what a member has a budget for; null: it may. */
  findAgent(agentId: string, limits: readonly AgentLimit[]): AgentUid | null {
    return this.#ports.findAgent(agentId, limits);
  }

  chargeBudget(budget: MemberBudget, memberId: MemberId, now: number): WireError | null {
    return this.#ports.chargeBudget(budget, memberId, now);
  }

  /** X8: the member as the audit log names them. */
  actor({ memberId, sid, address }: ActingMember, now: number): Actor {
    const rights = this.rights({ kind: 'session', memberId, sid }, now);
    const known = rights.ok ? rights.value.member : this.store.member(memberId);
    return { id: memberId, name: known?.name ?? '', role: known?.role ?? null, address };
  }

  /** X5: only a member who has all rights now may grant or take rights. */
  mayGrant({ memberId, sid }: ActingMember, now: number): Result<null, WireError> {
    const rights = this.rights({ kind: 'session', memberId, sid }, now);
    if (!rights.ok) return err(SIGN_IN_ENDED);
    const { member, agents } = rights.value;
    return member.role === 'admin' && agents.length === 0 ? ok(null) : err(NOT_A_FULL_ADMIN);
  }

  /** X8. */
  audit(actor: Actor, action: AuditedAction, now: number, error?: WireError): void {
    this.#ports.audit(completeEntry(newDraft(actor, action), error, now), now);
  }

  /** X8: it failed, and something came of it. */
  auditFailure(actor: Actor, action: AuditedAction, error: WireError, now: number): void {
    this.#ports.auditFailure(completeEntry(newDraft(actor, action), error, now), now);
  }

  /** X8a: it was refused beforehand. */
  auditRefusal(actor: Actor, action: AuditedAction, error: WireError, now: number): void {
    this.#ports.audit(completeEntry(newDraft(actor, action), error, now), now);
  }

  /** X8: what became of what a member asked for. */
  auditResult<T>(
    by: ActingMember,
    action: AuditedAction,
    result: Result<T, WireError>,
    now: number,
  ): Result<T, WireError> {
    this.audit(this.actor(by, now), action, now, result.ok ? undefined : result.error);
    return result;
  }

  /** Its sockets close. */
  endSession(sid: string, now: number): void {
    const token = tokenOfSid(sid);
    if (token === null) this.store.dropSession(sid);
    else this.store.dropToken(token);
    const revision = this.store.nextRevision();
    this.#ports.publishChanges([{ who: { kind: 'session', sid }, standing: null, revision }], now);
    this.#ports.visits.drop(sid);
  }

  /**
   * Stores the member; their sockets get the new rights, or close. A new member has no sockets, so no room is
   * woken (H2).
   */
  putMember(row: MemberRow, now: number): void {
    const isNew = this.store.member(row.id) === null;
    this.store.putMember(row);
    if (isNew) return;
    const tokens = this.store.tokensOf(row.id);
    this.#ports.publishChanges(memberRightsChanges(row, tokens, this.store.nextRevision(), now), now);
    if (!mayGrant(row)) this.#dropInvitationsOf(row);
    if (row.removedAt === null) return;
    for (const { sid } of this.store.sessionsOf(row.id)) {
      this.store.dropSession(sid);
      this.#ports.visits.drop(sid);
    }
    for (const { id } of tokens) {
      this.store.dropToken(id);
      this.#ports.visits.drop(tokenSid(id));
    }
    for (const { id } of this.store.passkeysOf(row.id)) this.store.dropPasskey(id);
  }

  /** X3: drops the pending invitations of a member who may no longer grant rights: they could return by one. */
  #dropInvitationsOf({ id: maker }: MemberRow): void {
    for (const { id, createdBy } of this.store.invitations())
      if (createdBy === maker) this.store.dropInvitation(id);
  }
}
