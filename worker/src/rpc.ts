import type {
  Ack,
  AgentId,
  AgentLimit,
  AgentState,
  AgentSummary,
  AgentUid,
  AuditEntry,
  ClientId,
  CommandRow,
  ConversationId,
  ConversationState,
  ConversationSummary,
  EndedTurn,
  HostAnswer,
  HostId,
  HostQuery,
  HostSummary,
  MemberId,
  Placement,
  Position,
  PushSettings,
  PushSubscriptionSummary,
  RequestCard,
  RequestHead,
  ResolvedRequest,
  Result,
  RoomSummary,
  StoredItem,
  StoredPolicy,
  TeamId,
  ViewerMessage,
  WireError,
} from '@muster/protocol';
import type { ItemDecision } from './agent-room/core/conversations/item-decision.ts';
import type { Upload, WholeFile } from './agent-room/core/files/index.ts';
import type { RecordingChunk, RecordingQuery } from './agent-room/core/recording/index.ts';
import type { Head } from './audit/core/chain.ts';
import type { AuditDraft } from './audit/entry.ts';
import type { Refusal } from './audit/refusal-limiter.ts';
import type { Claims, HostKeyState, MemberClaims, RightsChange } from './auth/claims.ts';
import type { BudgetCharge } from './team-lobby/core/budgets.ts';
import type {
  AccessRights,
  ActingMember,
  BudgetUse,
  Device,
  Identity,
  IdentityInput,
  IdentityOperation,
  IdentityOutput,
  RightsQuery,
} from './team-lobby/core/identity/types.ts';
import type { PushAnswer, PushAsk } from './team-lobby/core/push/ask.ts';
import type { VisiblePast } from './team-lobby/core/visibility/visible-past.ts';
import type { Usage } from './usage.ts';

export type {
  AccessRights,
  ActingMember,
  BudgetCharge,
  BudgetUse,
  Device,
  EndedTurn,
  Identity,
  IdentityInput,
  IdentityOperation,
  IdentityOutput,
  ItemDecision,
  RecordingChunk,
  RecordingQuery,
  RightsQuery,
  Upload,
  VisiblePast,
};

/**
 * What the Worker and its objects call on each other. The Worker and its objects can be of different
 * versions for a while, so arguments are only ever added, and optional.
 */

/** X4: what a host's proofs are checked by. */
export interface HostKey {
  /** Ed25519, 32 bytes as base64url. */
  readonly publicKey: string;
  readonly revision: number;
  readonly revoked: boolean;
}

/** X4: a host and the key it is to be known by, as above. */
export interface HostEnrolment {
  readonly hostId: HostId;
  readonly name: string;
  readonly publicKey: string;
}

/** X15: which host an enrolment may be of: without any of these, of a new one only. */
export interface EnrolmentRight {
  /** The host that the token names. */
  readonly host?: HostId;
  /** The token replaces this host's good key, by an admin's explicit act. */
  readonly replaces?: boolean;
  /** The revision of the host's key, where the enrolment was signed by it. */
  readonly proved?: number;
}

/** X4: the right to enrol one host. */
export interface EnrolmentCode extends EnrolmentRight {
  readonly id: string;
  /** ms since 1970. */
  readonly expiresAt: number;
  /** The member who made it: the code is valid as long as they may make one. */
  readonly maker?: MemberId;
}

/** The Durable Object of one agent, named `team/agentUid` (N1). */
export interface RoomRpc {
  /**
   * The lobby's placement of the agent (N2): a higher generation replaces a lower. With it comes the state of its host's
   * key (X4), a second event to the room: one call serves both, and rooms and lobbies of every version know it.
   * Idempotent. @throws Error once the room is deleted
   */
  place(team: TeamId, placement: Placement, host?: HostKeyState): Promise<void>;
  /**
   * N1: the agent was deleted: closes sockets with 4404, deletes everything stored, and refuses later
   * placements. Idempotent.
   */
  bury(agentUid: AgentUid): Promise<void>;
  /** One viewer message over REST; the ack is the whole answer. `id` makes it idempotent (I1), under `clientId` where it has one. */
  request(
    claims: Claims,
    message: ViewerMessage,
    id: string,
    address?: string | null,
    clientId?: ClientId,
    /** I1: when it was first sent, ms since 1970. */
    askedAt?: number,
  ): Promise<Ack>;
  /** X5: changed rights of members and sessions. Idempotent. */
  standings(changes: readonly RightsChange[]): Promise<void>;
  state(): Promise<AgentState | null>;
  /** One of its commands, as it is now; null: it knows none of that id, or not any more (Q10). */
  command(commandId: string): Promise<CommandRow | null>;
  /** C2: newest first. */
  conversations(): Promise<ConversationSummary[]>;
  /** C2; null: there is none of that id, or not any more. */
  conversation(conversationId: string): Promise<ConversationState | null>;
  /** C14: a page of its items; null: there is no such conversation. */
  items(page: ItemPage): Promise<StoredItem[] | null>;
  /** C7: how its requests were answered, by the item that each is about; '': about none. */
  decisions(conversationId: string): Promise<(readonly [string, readonly ItemDecision[]])[]>;
  /** C7: a request and what became of it; null: it knows none of that id, or not any more. */
  permission(permissionId: string): Promise<RequestCard | null>;
  /** C9; null: it is no agent's room. */
  policy(): Promise<StoredPolicy | null>;
  /** C15: keeps a file for a message; the ack's result is an `UploadedFile`. */
  upload(claims: Claims, file: Upload, id: string, address?: string | null): Promise<Ack>;
  /** C15: null: the conversation has no such file, or not any more. */
  file(conversationId: string, fileId: string): Promise<WholeFile | null>;
  /** C11, C15: asks the agent's host; what it does not answer in time is refused. */
  askHost(query: HostQuery): Promise<HostAnswer>;
  /** The room's cost in this isolate. */
  usage(): Promise<Usage>;
  /** B11: a piece of what it has printed, of 1 to 2 MiB at most. */
  recording(ask: RecordingQuery): Promise<RecordingChunk>;
}

/** C14: items after this index, oldest first; absent: from the oldest. `before`: the newest below that one. */
export interface ItemPage {
  readonly conversationId: ConversationId;
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
}

/** The agent that a member reaches, and their current claims. */
export interface ReachedAgent {
  readonly agentUid: AgentUid;
  readonly claims: MemberClaims;
}

/** R3: a room's report, repeated until the lobby has acked that revision. */
export interface RoomReport {
  readonly agentUid: AgentUid;
  readonly generation: number;
  readonly summaryRevision: number;
  readonly summary: RoomSummary;
  /**
   * C7: the heads of its requests that are pending, newest first. Where they are too long together the oldest are left
   * out: `pendingPermissions` of the summary counts them all. Absent: a room of an earlier version, which has none.
   */
  readonly requests?: readonly RequestHead[];
  /** C10: how the newest requests of its agent ended. Absent: a room of an earlier version. */
  readonly resolved?: readonly ResolvedRequest[];
  /** C10: the newest turn that ended of each conversation. */
  readonly turns?: readonly EndedTurn[];
}

export type { PushAnswer, PushAsk };

/** C7: a page of what waits for people. */
export interface RequestPage {
  readonly requests: readonly RequestHead[];
  /** Where the page after it begins; null: that was all. */
  readonly next: number | null;
}

/** The Durable Object of one team, named by its TeamId. */
export interface LobbyRpc {
  /** agentId → agentUid, or null: there is no agent of this name that `limits` allow seeing (X5). */
  find(agentId: string, limits?: readonly AgentLimit[]): Promise<AgentUid | null>;
  /**
   * X5: the agent that a member's request or socket leads to, and the member's current claims. `stays`: it is
   * a socket, so the room receives rights changes from now on (X18).
   */
  reach(agentId: string, claims: MemberClaims, stays?: boolean): Promise<Result<ReachedAgent, WireError>>;
  /** X5: the agents whose history a member with these limits may see. */
  sighted(limits: readonly AgentLimit[]): Promise<VisiblePast>;
  /** R3. Resolves to the revision the lobby has now; older reports of the same uid and generation are ignored. */
  report(report: RoomReport): Promise<number>;
  request(
    claims: Claims,
    message: ViewerMessage,
    id: string,
    address?: string | null,
    clientId?: ClientId,
    /** I1: when it was first sent, ms since 1970. */
    askedAt?: number,
  ): Promise<Ack>;
  agents(limits?: readonly AgentLimit[]): Promise<AgentSummary[]>;
  hosts(limits?: readonly AgentLimit[]): Promise<HostSummary[]>;
  /** C7: the requests of agents that `limits` allow seeing, newest first. */
  permissions(
    limits: readonly AgentLimit[],
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<RequestPage>;
  usage(): Promise<Usage>;
  /** C10: the team's public key for push services, base64url; made when it is first asked for. */
  pushKey(): Promise<string>;
  /** C10: a member's own devices and settings. */
  pushes(memberId: MemberId): Promise<{
    readonly subscriptions: readonly PushSubscriptionSummary[];
    readonly settings: PushSettings;
  }>;
  /** C10: what members ask, and the buttons of their notifications. */
  askPush(ask: PushAsk): Promise<PushAnswer>;
  /** X4: spends the one-time code and keeps the host's key; with the same key a second call renames it. Null: done. */
  enrol(host: HostEnrolment, code: EnrolmentCode, audit?: AuditDraft): Promise<WireError | null>;
  /** X15: whether a token may be made for this host, or for a new one (null). Audited. Null: it may. */
  offerEnrolment(host: HostId | null, replaces: boolean, audit: AuditDraft): Promise<WireError | null>;
  /** X4: null: there is no such host, or it never had a key. */
  hostKey(hostId: HostId): Promise<HostKey | null>;
  /**
   * L: charges one more connection. Returns why it is refused, or null. A member's is charged with their
   * rights query where there is one.
   */
  connects(who: BudgetCharge): Promise<WireError | null>;
  /** X4: its sockets, here and in its agents' rooms, are closed and refused from now on. Null: done. */
  revokeHost(hostId: HostId, audit?: AuditDraft): Promise<WireError | null>;
  /** Forgets a revoked host that has no agents. Null: done. */
  deleteHost(hostId: HostId, audit?: AuditDraft): Promise<WireError | null>;
  /** X8: an audit entry of the Worker's own. */
  note(entry: AuditEntry): Promise<void>;
  /** X8: a refusal by role elsewhere, to be recorded or counted. */
  refused(refusal: Refusal): Promise<void>;
  /** X8: a room's entries, numbered there from `first` on. Idempotent; resolves to the highest number the lobby holds. */
  noteOf(agentUid: AgentUid, first: number, entries: readonly AuditEntry[]): Promise<number>;
  /** X8: the end of the chain, once all pending entries are written. Rejects when they cannot be. */
  auditHead(): Promise<Head>;
  /** Members, sign-ins and rights: one method for all operations. */
  people<A extends IdentityOperation>(act: A, ask: IdentityInput<A>): Promise<IdentityOutput<A>>;
  /** True the first time a one-time code is used before `expiresAt` (ms). */
  spend(code: string, expiresAt: number): Promise<boolean>;
}

/** G5: what a poll asks for. */
export interface Poll {
  readonly claims: MemberClaims;
  /** Whose room; null: the lobby. */
  readonly agentId: AgentId | null;
  readonly clientId: ClientId;
  /** X10: the caller's address; null: unknown. */
  readonly address: string | null;
  /** C4: what the client knows, as its address says it. */
  readonly features?: string;
  /** It arrived up to this frame; absent: all that was given. */
  readonly got?: number;
  /** How long it may wait for something to come, ms. */
  readonly wait: number;
  /** Subscribe where the line is new; where it is not, `after` is what was consumed (S8). */
  readonly read?: { readonly after?: Position; readonly history?: 'screen' | 'full' };
  /** The line ends with the answer. */
  readonly once: boolean;
}

/** A polled line, named after its team, member and sign-in, so that no other caller can reach it. */
export interface LineRpc {
  /** The frames that came, as `decodePolled` reads them. */
  poll(poll: Poll): Promise<Result<Uint8Array<ArrayBuffer>, WireError>>;
  /** Texts for the other end. `from`: the number of the first, from 1. */
  say(texts: readonly string[], from?: number): Promise<Result<null, WireError>>;
  hangUp(): Promise<void>;
}

export type RoomStub = RoomRpc & { fetch(request: Request): Promise<Response> };
export type LobbyStub = LobbyRpc & { fetch(request: Request): Promise<Response> };
