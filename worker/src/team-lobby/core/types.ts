import {
  AckSchema,
  type AgentLimit,
  type AgentSpec,
  AgentSpecSchema,
  type AgentUid,
  AgentUidSchema,
  type AuditEntry,
  EndedTurnSchema,
  GenerationSchema,
  HostFactsSchema,
  type HostId,
  HostIdSchema,
  type MemberId,
  MessageIdSchema,
  type Placement,
  RequestHeadSchema,
  type Role,
  RoomSummarySchema,
  type RunnerMessage,
  type ServerMessage,
  type TeamId,
  type ToRunnerMessage,
  type ViewerMessage,
  type WireError,
} from '@muster/protocol';
import * as z from 'zod';
import { type Actor, type AuditDraft, AuditDraftSchema } from '../../audit/entry.ts';
import type { HostKeyState } from '../../auth/claims.ts';
import type { EnrolmentCode, HostEnrolment, RoomReport } from '../../rpc.ts';
import type { Focus } from './push/focus.ts';
import type { Notice } from './push/notice.ts';

/** A socket's name inside the object, or that of a call over RPC; minted by the shell. */
export type ConnectionId = string;

/** A client that waits for an answer; without `messageId` it only receives errors. */
const WaiterSchema = z.object({ connection: z.string(), messageId: MessageIdSchema.optional() });
export type Waiter = z.infer<typeof WaiterSchema>;

/** I1: the key under which a request is remembered, and a fingerprint of its payload. */
const KeySchema = z.object({ key: z.string(), fingerprint: z.string() });
export type RequestKey = z.infer<typeof KeySchema>;

const HostKeySchema = z.object({
  /** Ed25519, 32 bytes as base64url. */
  publicKey: z.string(),
  /** From 1; one more with every change, and when it is revoked. */
  revision: z.number().int().min(1),
  /** ms; null: it is good. */
  revokedAt: z.number().nullable(),
});

export const HostRowSchema = z.object({
  hostId: HostIdSchema,
  name: z.string(),
  /** Absent until its first hello. */
  facts: HostFactsSchema.optional(),
  version: z.string().optional(),
  /** ms: its last hello or goodbye. */
  lastSeen: z.number().optional(),
  /** X4. Absent: it was enrolled by an earlier version, and must be again. */
  key: HostKeySchema.optional(),
});
export type HostRow = z.infer<typeof HostRowSchema>;

/** A create that the runner has not answered: it holds the name and is invisible. */
const PendingSchema = z.object({
  requestId: MessageIdSchema,
  /** ms: undone then. */
  deadline: z.number(),
  request: KeySchema.nullable(),
  waiting: z.array(WaiterSchema),
  /** X8: the requester and the request. */
  audit: AuditDraftSchema.nullable().default(null),
});

export const AgentRowSchema = z.object({
  spec: AgentSpecSchema,
  generation: GenerationSchema,
  createdAt: z.number(),
  /** Whether the room has confirmed this spec and generation. */
  roomKnows: z.boolean(),
  pending: PendingSchema.nullable(),
});
export type AgentRow = z.infer<typeof AgentRowSchema>;

/** What changes while an agent runs, apart from its spec. */
export const LiveRowSchema = z.object({
  agentUid: AgentUidSchema,
  /** ms since when, by its host's word, its keeper is healthy and connected to its room; null: it is not. */
  healthySince: z.number().nullable(),
  /** R3: the room's newest report. */
  report: z
    .object({
      generation: GenerationSchema,
      revision: z.number(),
      summary: RoomSummarySchema,
      /** C10: those that people were told of. */
      turns: z.array(EndedTurnSchema).optional(),
    })
    .nullable(),
});
export type LiveRow = z.infer<typeof LiveRowSchema>;

/** C7: a request that waits for people. `sequence`: its place in the team's inbox, from 1; newer ones have higher ones. */
const PendingRequestSchema = z.object({ sequence: z.number().int().min(1), head: RequestHeadSchema });
export type PendingRequest = z.infer<typeof PendingRequestSchema>;

/** All requests of an agent that wait, newest first, and their bytes as JSON. */
export const AgentRequestsSchema = z.object({
  agentUid: AgentUidSchema,
  bytes: z.number(),
  requests: z.array(PendingRequestSchema),
});
export type AgentRequests = z.infer<typeof AgentRequestsSchema>;

export const AckRowSchema = KeySchema.extend({
  ack: AckSchema.omit({ messageId: true }),
  /** ms: forgotten then. */
  until: z.number(),
});
export type AckRow = z.infer<typeof AckRowSchema>;

/** Everything that survives a reset. */
export interface StoredState {
  readonly hosts: readonly HostRow[];
  readonly agents: readonly AgentRow[];
  readonly live: readonly LiveRow[];
  readonly requests: readonly AgentRequests[];
  /** Oldest first. */
  readonly acks: readonly AckRow[];
  /** N1: rooms that have not confirmed that their agent was deleted. */
  readonly deletions: readonly AgentUid[];
}

/** Rows to write and keys to delete. All commits of one event are one transaction. */
export interface Commit {
  readonly hosts?: readonly HostRow[];
  readonly dropHosts?: readonly HostId[];
  readonly agents?: readonly AgentRow[];
  /** Their live rows and their requests go with them. */
  readonly dropAgents?: readonly AgentUid[];
  readonly live?: readonly LiveRow[];
  /** Each replaces all requests of its agent. */
  readonly requests?: readonly AgentRequests[];
  readonly acks?: readonly AckRow[];
  readonly dropAcks?: readonly string[];
  readonly deletions?: readonly AgentUid[];
  readonly dropDeletions?: readonly AgentUid[];
  /** One-time codes that were used, with their ends, ms since 1970. */
  readonly usedCodes?: readonly Pick<EnrolmentCode, 'id' | 'expiresAt'>[];
}

/** A host's socket after its hello. */
export interface OnlineHost {
  readonly hostId: HostId;
  readonly connection: ConnectionId;
  /** ms. */
  readonly since: number;
}

/** A call to a room that is under way or waits for its next try; lost in a reset and made again. */
export interface PendingRoomCall {
  readonly kind: 'place' | 'delete';
  readonly tries: number;
  /** ms. */
  readonly nextAt: number;
}

export interface Lobby {
  readonly team: TeamId;
  readonly hosts: Map<HostId, HostRow>;
  readonly agents: Map<AgentUid, AgentRow>;
  /** agentId → agentUid, those of pending creates too. */
  readonly names: Map<string, AgentUid>;
  readonly live: Map<AgentUid, LiveRow>;
  /** C7. Agents without requests are not in it. */
  readonly requests: Map<AgentUid, AgentRequests>;
  readonly acks: Map<string, AckRow>;
  readonly roomCalls: Map<AgentUid, PendingRoomCall>;
  readonly online: Map<HostId, OnlineHost>;
  /** R3: newest reports that only change presence, and are neither broadcast nor stored nor acked yet. */
  readonly pendingPresence: Map<AgentUid, RoomReport>;
}

/** The sender of a request: `key` scopes its idempotence (member and client). */
export interface Requester {
  readonly connection: ConnectionId;
  readonly key: string;
  /** Ids of the connection's own subscriptions. */
  readonly subscriptions: readonly string[];
  /** X8: without it, the request is not audited. */
  readonly actor?: Actor;
  /** X5: the agents they may see; absent: every one. */
  readonly limits?: readonly AgentLimit[];
}

/** X5: the fields that decide which members may see an agent. */
export type AgentScope = Pick<AgentSpec, 'agentId' | 'labels'>;

/** X19: a member's socket that wants to come in, and the member of each other one that is. */
export interface AdmissionRequest {
  readonly id: MemberId;
  readonly role: Role;
  readonly taken: readonly MemberId[];
}

export type LobbyEvent =
  /** The object was made: after a reset, a hibernation, or for the first time. */
  | { readonly type: 'started'; readonly online: readonly OnlineHost[] }
  | {
      readonly type: 'viewer-joined';
      readonly connection: ConnectionId;
      /** X19: of one that brought its token in a message: it was not judged when it came. */
      readonly admission?: AdmissionRequest;
    }
  /** M11, X5: the viewer's token was renewed, or their rights changed. */
  | { readonly type: 'member-renewed'; readonly connection: ConnectionId }
  /** Its role was checked against the table. */
  | {
      readonly type: 'viewer-message';
      readonly by: Requester;
      readonly message: ViewerMessage;
      readonly id?: string;
      /** I1: when it was first sent, ms since 1970. */
      readonly askedAt?: number;
    }
  | {
      readonly type: 'host-message';
      readonly connection: ConnectionId;
      /** By its proof. */
      readonly hostId: HostId;
      readonly message: RunnerMessage;
    }
  | { readonly type: 'disconnected'; readonly connection: ConnectionId }
  | {
      readonly type: 'room-placed';
      readonly placement: Placement;
      readonly host: HostKeyState;
      readonly ok: boolean;
    }
  | { readonly type: 'room-deleted'; readonly agentUid: AgentUid; readonly ok: boolean }
  | { readonly type: 'room-reported'; readonly report: RoomReport }
  /** R3: `presencePause` after the first of `counts` came. */
  | { readonly type: 'presence-due' }
  | HostRequest
  | { readonly type: 'alarm' };

/** What is asked for about a host; answered at once by `answer`. `audit` (X8): its entry commits with what it records. */
export type HostRequest = { readonly audit?: AuditDraft | undefined } & (
  | {
      readonly type: 'host-enrolment';
      readonly host: HostEnrolment;
      readonly code: EnrolmentCode;
      /** X15: the code's maker may still make such codes. */
      readonly makerMayGrant: boolean;
    }
  /** X15: a token for this host; null: for a new one. */
  | { readonly type: 'host-token'; readonly hostId: HostId | null; readonly replaces: boolean }
  | { readonly type: 'host-revocation'; readonly hostId: HostId }
  | { readonly type: 'host-deletion'; readonly hostId: HostId }
);

export type Effect =
  | {
      readonly type: 'send';
      readonly to: ConnectionId;
      readonly message: ServerMessage;
      readonly correlationId?: string;
    }
  /**
   * To every dashboard that may see it. `about`: the changed agent, before and after; a member who may see
   * neither gets nothing.
   */
  | {
      readonly type: 'broadcast';
      readonly message: ServerMessage;
      readonly about?: AgentScope | readonly AgentScope[];
    }
  | { readonly type: 'send-to-host'; readonly host: ConnectionId; readonly message: ToRunnerMessage }
  | {
      readonly type: 'close';
      readonly connection: ConnectionId;
      readonly code: number;
      readonly reason: string;
    }
  /** X4: all sockets of a host whose proof is older than this. */
  | {
      readonly type: 'close-host';
      readonly hostId: HostId;
      readonly below: number;
      readonly code: number;
      readonly reason: string;
    }
  /** The host's socket has sent `runner:hello`: it is online, also after a wake. */
  | { readonly type: 'attach-host'; readonly connection: ConnectionId; readonly since: number }
  | {
      readonly type: 'attach-viewer';
      readonly connection: ConnectionId;
      readonly subscriptions: readonly string[];
    }
  /** C10: null: nobody looks at an agent there. */
  | { readonly type: 'attach-focus'; readonly connection: ConnectionId; readonly focus: Focus | null }
  /** C10: people who do not look may have to know. */
  | { readonly type: 'notice'; readonly notice: Notice }
  | { readonly type: 'attention-seen'; readonly connection: ConnectionId; readonly eventId: string }
  | { readonly type: 'commit'; readonly commit: Commit }
  /** X8: commits with the event. */
  | { readonly type: 'audit'; readonly entry: AuditEntry }
  /** X8a: refused beforehand: nothing came of it. */
  | { readonly type: 'audit-refusal'; readonly entry: AuditEntry }
  /** Of a `HostRequest`. Null: it is done. */
  | { readonly type: 'answer'; readonly error: WireError | null }
  /** Answered by `room-placed`. */
  | { readonly type: 'place-room'; readonly placement: Placement; readonly host: HostKeyState }
  /** Answered by `room-deleted`. */
  | { readonly type: 'delete-room'; readonly agentUid: AgentUid };

/** The context of an event: time and ids are arguments. */
export interface Context {
  /** ms since 1970. */
  readonly now: number;
  /** A lower-case UUID. */
  readonly freshId: () => string;
  /** Whether a one-time code was used. */
  readonly isUsed: (code: string) => boolean;
}

/** One event being handled: its context, and the effects so far. */
export interface UnitOfWork extends Context {
  readonly out: Effect[];
}
