import type { AgentLimit, AgentUid, MemberId, WireError } from '@muster/protocol';
import { type Actor, type AuditedAction, completeEntry, newDraft } from '../../../audit/entry.ts';
import { tokenSid } from '../../../auth/claims.ts';
import type { BudgetRow, MemberBudget } from '../budgets.ts';
import { roomsByWatchers } from '../state.ts';
import { visibleAgent } from '../visibility/index.ts';
import { ChangedRows, ROW_KEYS } from './rows.ts';
import type {
  AuditRecord,
  IdentityCommit,
  IdentityContext,
  IdentityEffect,
  IdentityState,
  PendingPush,
} from './state.ts';
import type {
  InvitationRow,
  MemberRow,
  OneTimeCode,
  PasskeyRow,
  RightsChange,
  SessionRow,
  TokenRow,
} from './types.ts';
import {
  changesByRoom,
  EVERY_ROOM,
  type Room,
  type RoutedChange,
  unionOf,
  type Visit,
  type Visited,
} from './visits.ts';

type SendRights = Extract<IdentityEffect, { type: 'send-rights' }>;

/** Collects what one event changes, with the audit entries that tell of it. Its reads see its own changes. */
export class UnitOfWork {
  readonly state: IdentityState;
  readonly context: IdentityContext;
  readonly members: ChangedRows<MemberRow>;
  readonly sessions: ChangedRows<SessionRow>;
  readonly invitations: ChangedRows<InvitationRow>;
  readonly tokens: ChangedRows<TokenRow>;
  readonly passkeys: ChangedRows<PasskeyRow>;
  #revision: number | undefined;
  readonly #visits: Visit[] = [];
  readonly #dropVisits = new Set<string>();
  readonly #codes: OneTimeCode[] = [];
  readonly #budgets: BudgetRow[] = [];
  readonly #audit: AuditRecord[] = [];
  readonly #changes: RoutedChange[] = [];
  readonly #pushes: PendingPush[] = [];
  readonly #dropPushes: number[] = [];
  readonly #sends: SendRights[] = [];
  readonly #signedOut: MemberId[] = [];

  constructor(state: IdentityState, context: IdentityContext) {
    const { people } = state;
    this.state = state;
    this.context = context;
    this.members = new ChangedRows(people.members, ROW_KEYS.members);
    this.sessions = new ChangedRows(people.sessions, ROW_KEYS.sessions);
    this.invitations = new ChangedRows(people.invitations, ROW_KEYS.invitations);
    this.tokens = new ChangedRows(people.tokens, ROW_KEYS.tokens);
    this.passkeys = new ChangedRows(people.passkeys, ROW_KEYS.passkeys);
  }

  get now(): number {
    return this.context.now;
  }

  /** X5: the number of rights changes, with those of this event. */
  get revision(): number {
    return this.#revision ?? this.state.people.revision();
  }

  /** One more change: its number. */
  nextRevision(): number {
    this.#revision = this.revision + 1;
    return this.#revision;
  }

  /** True the first time that a one-time code is used, before it expires. */
  spendCode({ code, expiresAt }: OneTimeCode): boolean {
    const isOver = expiresAt <= this.now || this.#codes.some((spent) => spent.code === code);
    if (isOver || this.state.people.isSpent(code, this.now)) return false;
    this.#codes.push({ code, expiresAt });
    return true;
  }

  /** L, X18: why this may not be one more of what a member has a budget for; null: it may. */
  chargeBudget(kind: MemberBudget, id: MemberId): WireError | null {
    return this.state.budgets.charge({ kind, id }, this.now, (row) => this.#budgets.push(row));
  }

  /** X5: finds an agent by name; null: there is none that these limits allow seeing. */
  findAgent(agentId: string, limits: readonly AgentLimit[]): AgentUid | null {
    return visibleAgent(this.state.lobby, limits, agentId)?.spec.agentUid ?? null;
  }

  /** X18: a socket of this sign-in goes to this room. It costs a row the first time only. */
  visit(sid: string, room: Room): void {
    const visited = this.#visited(sid);
    const isKnown = visited === EVERY_ROOM || (room !== EVERY_ROOM && visited.includes(room));
    if (!isKnown) this.#visits.push({ sid, room });
  }

  /** A sign-in has ended. */
  dropVisits(sid: string): void {
    this.#dropVisits.add(sid);
  }

  /** X8. */
  audit(actor: Actor, action: AuditedAction): void {
    this.#record('audit', actor, action);
  }

  /** X8: the action failed, and something came of it: it is always recorded. */
  auditFailure(actor: Actor, action: AuditedAction, error: WireError): void {
    this.#record('audit', actor, action, error);
  }

  /** X8a: the action was refused beforehand. */
  auditRefusal(actor: Actor, action: AuditedAction, error: WireError): void {
    this.#record('audit-refusal', actor, action, error);
  }

  #record(type: AuditRecord['type'], actor: Actor, action: AuditedAction, error?: WireError): void {
    this.#audit.push({ type, entry: completeEntry(newDraft(actor, action), error, this.now) });
  }

  /** X5: every socket follows, here and in the rooms that its sign-in has been in until now. */
  publish(changes: readonly RightsChange[]): void {
    for (const change of changes) this.#changes.push({ change, visited: this.#visitedBy(change) });
  }

  #visitedBy({ who }: RightsChange): Visited {
    if (who.kind === 'session') return this.#visited(who.sid);
    const sessions = this.sessions.ofMember(who.memberId).map(({ sid }) => sid);
    const tokens = this.tokens.ofMember(who.memberId).map(({ id }) => tokenSid(id));
    return unionOf([...sessions, ...tokens].map((sid) => this.#visited(sid)));
  }

  #visited(sid: string): Visited {
    const here = this.#visits.filter((visit) => visit.sid === sid).map(({ room }) => room);
    const rooms = here.map((room): Visited => (room === EVERY_ROOM ? EVERY_ROOM : [room]));
    return unionOf([this.state.people.visited(sid), ...rooms]);
  }

  get publishes(): boolean {
    return this.#changes.length > 0;
  }

  /** X18: the published changes by room, watched rooms first. */
  publishedByRoom(): ReadonlyMap<AgentUid, readonly RightsChange[]> {
    return changesByRoom(this.#changes, roomsByWatchers(this.state.lobby));
  }

  putPush(push: PendingPush): void {
    this.#pushes.push(push);
  }

  dropPush(number: number): void {
    this.#dropPushes.push(number);
  }

  /** X3: everywhere. */
  signOut(memberId: MemberId): void {
    this.#signedOut.push(memberId);
  }

  send(effect: SendRights): void {
    this.#sends.push(effect);
  }

  /** In the order in which they are to be carried out: sockets read what was stored before. */
  effects(): IdentityEffect<never>[] {
    const commit = this.#commit();
    const changes = this.#changes.map(({ change }) => change);
    return [
      ...(isEmpty(commit) ? [] : [{ type: 'commit' as const, commit }]),
      ...(changes.length === 0 ? [] : [{ type: 'apply-rights' as const, changes }]),
      ...this.#signedOut.map((memberId) => ({ type: 'signed-out' as const, memberId })),
      ...this.#sends,
    ];
  }

  #commit(): IdentityCommit {
    return {
      members: this.members.change,
      sessions: this.sessions.change,
      invitations: this.invitations.change,
      tokens: this.tokens.change,
      passkeys: this.passkeys.change,
      revision: this.#revision,
      visits: this.#visits.filter(({ sid }) => !this.#dropVisits.has(sid)),
      dropVisits: [...this.#dropVisits],
      codes: this.#codes,
      budgets: this.#budgets,
      pushes: this.#pushes,
      dropPushes: this.#dropPushes,
      audit: this.#audit,
    };
  }
}

const isEmpty = (commit: IdentityCommit): boolean =>
  Object.values(commit).every((part) => part === undefined || (Array.isArray(part) && part.length === 0));
