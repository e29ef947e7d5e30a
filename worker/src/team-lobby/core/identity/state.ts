import type { AgentUid, AuditEntry, MemberId } from '@muster/protocol';
import type { BudgetLimiter, BudgetRow } from '../budgets.ts';
import type { Lobby } from '../types.ts';
import type { IdentityTables, RowChange, Rows } from './rows.ts';
import type { IdentityInput, IdentityOperation, OneTimeCode, RightsChange } from './types.ts';
import type { Visit, Visited } from './visits.ts';

/** A change that one room has not confirmed. `number`: the order in which changes came. */
export interface PendingPush {
  readonly number: number;
  readonly room: AgentUid;
  readonly change: RightsChange;
}

interface RoomBacklog {
  readonly pending: readonly PendingPush[];
  readonly tries: number;
  /** ms. */
  readonly nextAt: number;
  /** A call is under way. */
  readonly busy: boolean;
}

/** An alarm that was due long ago, ms. */
const AT_ONCE = 1;

export const EMPTY_BACKLOG: RoomBacklog = { pending: [], tries: 0, nextAt: AT_ONCE, busy: false };

/**
 * X5: the rights changes that rooms have not confirmed. Each is sent to the rooms that it concerns until they confirm
 * it, and again after 1, 2, 4 … 30 s where one cannot be reached, across resets.
 */
export interface RightsOutbox {
  readonly backlogs: Map<AgentUid, RoomBacklog>;
  lastNumber: number;
}

/** What is stored about people. Synchronous. */
export type IdentityReader = { readonly [T in keyof IdentityTables]: Rows<IdentityTables[T]> } & {
  /** X5: the number of rights changes so far. */
  revision(): number;
  /** X18: the rooms that a sign-in has been in. */
  visited(sid: string): Visited;
  /** Whether a one-time code was used and could be brought again. `now`: ms since 1970. */
  isSpent(code: string, now: number): boolean;
};

/** X8: an audit entry. `audit-refusal`: the action was refused beforehand, so a flood of them is counted (X8a). */
export interface AuditRecord {
  readonly type: 'audit' | 'audit-refusal';
  readonly entry: AuditEntry;
}

/** Everything that one event changes, and the audit entries that tell of it (X8b): all of it or nothing. */
export type IdentityCommit = {
  readonly [T in keyof IdentityTables]?: RowChange<IdentityTables[T]> | undefined;
} & {
  readonly revision?: number | undefined;
  readonly visits: readonly Visit[];
  /** Sign-ins that ended. */
  readonly dropVisits: readonly string[];
  /** One-time codes that were used. */
  readonly codes: readonly OneTimeCode[];
  /** L, X18: buckets that must outlive the object. */
  readonly budgets: readonly BudgetRow[];
  /** X5: changes that a room has not confirmed, and the numbers of those that it need not any more. */
  readonly pushes: readonly PendingPush[];
  readonly dropPushes: readonly number[];
  readonly audit: readonly AuditRecord[];
};

/** Where people are kept. Synchronous: what `commit` wrote is there when it returns. */
export interface IdentityStore extends IdentityReader {
  /** Oldest first. */
  pendingPushes(): readonly PendingPush[];
  /** All but the audit entries, which the log takes. `now`: ms since 1970. */
  commit(change: IdentityCommit, now: number): void;
}

type Budgets = Pick<BudgetLimiter, 'charge'>;

export interface IdentityState {
  readonly people: IdentityReader;
  /** The team's agents, whom members may see and whose rooms they visit. */
  readonly lobby: Lobby;
  readonly outbox: RightsOutbox;
  /** L, X18: what is left of each member's budgets. */
  readonly budgets: Budgets;
}

/** `pending`: oldest first. */
function openOutbox(pending: readonly PendingPush[]): RightsOutbox {
  const backlogs = new Map<AgentUid, RoomBacklog>();
  for (const push of pending) {
    const known = backlogs.get(push.room) ?? EMPTY_BACKLOG;
    backlogs.set(push.room, { ...known, pending: [...known.pending, push] });
  }
  return { backlogs, lastNumber: Math.max(0, ...pending.map(({ number }) => number)) };
}

export const openIdentity = (store: IdentityStore, lobby: Lobby, budgets: Budgets): IdentityState => ({
  people: store,
  lobby,
  outbox: openOutbox(store.pendingPushes()),
  budgets,
});

/** Something that somebody asks, in the table of operations. */
export interface OperationEvent<A extends IdentityOperation> {
  readonly type: 'operation';
  readonly act: A;
  readonly ask: IdentityInput<A>;
}

/** A call to a room ended. `numbers`: the pushes that it carried; `ok`: whether the room has applied them. */
export interface RightsSentEvent {
  readonly type: 'rights-sent';
  readonly room: AgentUid;
  readonly numbers: readonly number[];
  readonly ok: boolean;
}

export type IdentityEvent<A extends IdentityOperation = IdentityOperation> =
  | OperationEvent<A>
  | RightsSentEvent
  /** H2: also after the object was made. */
  | { readonly type: 'alarm' };

/** `Answer`: of the operation. */
export type IdentityEffect<Answer = unknown> =
  | { readonly type: 'commit'; readonly commit: IdentityCommit }
  /** X5: the lobby's own sockets follow. */
  | { readonly type: 'apply-rights'; readonly changes: readonly RightsChange[] }
  /** X3: a member signed out everywhere, of devices whose sign-in had expired too. */
  | { readonly type: 'signed-out'; readonly memberId: MemberId }
  /** X5: a call to a room, answered by `rights-sent`. */
  | { readonly type: 'send-rights'; readonly room: AgentUid; readonly pushes: readonly PendingPush[] }
  | { readonly type: 'answer'; readonly answer: Answer };

/** The context of an event: time and ids are arguments. */
export interface IdentityContext {
  /** ms since 1970. */
  readonly now: number;
  /** A lower-case UUID. */
  readonly freshId: () => string;
}
