import type { EndedTurn, ResolvedRequest } from '@muster/protocol';
import {
  AckSchema,
  type AgentUid,
  AttentionSchema,
  type AuditEntry,
  type BatchHeader,
  type ClientId,
  type ConversationId,
  type Epoch,
  EpochSchema,
  GenerationSchema,
  type HostAnswer,
  type HostId,
  type HostQuery,
  type InputFrame,
  type KeeperMessage,
  type MemberId,
  MessageIdSchema,
  type PastAgent,
  type Placement,
  PlacementSchema,
  ProgramStateSchema,
  type RequestHead,
  type Role,
  type RoomSummary,
  SequenceSchema,
  type ServerMessage,
  StoredPolicySchema,
  type TeamId,
  TeamIdSchema,
  TerminalSizeSchema,
  type ToKeeperMessage,
  type ViewerMessage,
  type WireError,
} from '@muster/protocol';
import * as z from 'zod';
import { AuditDraftSchema } from '../../audit/entry.ts';
import { type HostKeyState, HostKeyStateSchema, type RightsChange } from '../../auth/claims.ts';
import { BucketSchema } from '../../socket/bucket.ts';
import type { CommandRecord } from './commands/command.ts';
import { type CommandEvent, EMPTY_OUTBOX, OutboxSchema } from './commands/command-events.ts';
import { QueueSchema } from './commands/queue.ts';
import type { ConversationCommit } from './conversations/conversation-commit.ts';
import type { ItemReader } from './conversations/item-row.ts';
import type { ItemsWritten } from './conversations/items-written.ts';
import { DriverLeaseSchema, FREE_LEASE } from './driver/lease.ts';
import type { FileCommit, FileReader, Upload } from './files/file-record.ts';
import { ROOM_LIMITS } from './limits.ts';

/** A socket's name inside the object, minted by the shell. */
export type ConnectionId = string;

/** X4: until `host-key-changed` says more. */
export const UNKNOWN_HOST_KEY: HostKeyState = { keyRevision: 0, revoked: false };

/** What survives a reset: one row. Everything about output is in the segments beside it. */
export const DurableSchema = z.object({
  team: TeamIdSchema,
  placement: PlacementSchema,
  /** S1: the numbering the room reads; null before the first frame. */
  epoch: EpochSchema.nullable(),
  /**
   * S6a: the ones before, oldest first, each with the last number stored of it and the last it had
   * (null: nobody knows).
   */
  past: z
    .array(z.object({ epoch: EpochSchema, stored: SequenceSchema, last: SequenceSchema.nullable() }))
    .max(ROOM_LIMITS.pastEpochs),
  /** R1. */
  revision: z.number().int().min(0),
  program: ProgramStateSchema,
  terminal: TerminalSizeSchema.nullable(),
  lastActivity: z.number(),
  /** C13a: its program asks for a person. The default: a room of an earlier version. */
  attention: AttentionSchema.nullable().default(null),
  /** C9. The default: nobody has changed it since the agent was created. */
  policy: StoredPolicySchema.nullable().default(null),
  keeperOnline: z.boolean(),
  /** P8: as the newest keeper said; null: no keeper that reports it has connected. */
  keeperAnswers: z.boolean().nullable().default(null),
  /** B9. The default: a room of an earlier version. */
  keyboard: DriverLeaseSchema.default(FREE_LEASE),
  /** Q1: the order of what waits; the commands themselves have rows of their own. */
  queue: QueueSchema.default([]),
  outbox: OutboxSchema.default(EMPTY_OUTBOX),
  /** A1: when the agent was made, ms; null: a room of an earlier version. */
  createdAt: z.number().nullable().default(null),
  /** A1: since when history does not know the agent as it is, ms; null: it does. */
  unknownSince: z.number().nullable().default(0),
  /** L: commands that may be asked for; null: as many as ever. */
  commandBucket: BucketSchema.nullable().default(null),
  /** The same for each member whose bucket is not full. */
  memberBuckets: z.record(z.string(), BucketSchema).default({}),
  /** R3. */
  summaryRevision: z.number(),
  lobbyAcked: z.number(),
  /** X4: of the key of the host it is placed on. */
  host: HostKeyStateSchema.default(UNKNOWN_HOST_KEY),
});
export type Durable = z.infer<typeof DurableSchema>;

/** I1: a request that changes something, remembered under its key. */
export const RequestRecordSchema = z.object({
  key: z.string(),
  requestId: MessageIdSchema,
  /** The message as JSON: the same key with another message is refused. */
  fingerprint: z.string(),
  /** The frame for the keeper; sent again when it comes back before it answered. */
  order: z.string(),
  /** ms: pending, when it is given up; answered, when it is forgotten. */
  until: z.number(),
  /** The connections that wait for the ack. */
  waiting: z.array(z.object({ connection: z.string(), messageId: MessageIdSchema })),
  ack: AckSchema.omit({ messageId: true }).nullable(),
  /** X8: the member and the action. */
  audit: AuditDraftSchema.nullable().optional(),
});
export type RequestRecord = z.infer<typeof RequestRecordSchema>;

/** S7: where a viewer's subscription is; kept in its socket's attachment and rewritten only on change. */
export const SubscriptionSchema = z.object({
  id: MessageIdSchema,
  history: z.enum(['screen', 'full']),
  at: z.union([z.literal('live'), z.object({ epoch: EpochSchema, from: SequenceSchema })]),
});
export type Subscription = z.infer<typeof SubscriptionSchema>;

/** What the socket of a keeper keeps: its generation once it has sent its hello (N2), and what input it takes. */
export const KeeperAttachmentSchema = z.object({
  generation: GenerationSchema,
  takesFrames: z.boolean().default(false),
  /** How far its host's clock is ahead of the server's, ms. */
  ahead: z.number().default(0),
  /** P9. */
  endsInput: z.boolean().default(false),
});
export type KeeperAttachment = z.infer<typeof KeeperAttachmentSchema>;

export interface Member {
  readonly id: MemberId;
  readonly name: string;
  readonly role: Role;
  /** Chosen by the client, or the connection's own id. */
  readonly clientId: ClientId;
  /** X8: from where it came, where that is known. */
  readonly address?: string | null;
}

/** A stored run of whole batches (S5). `position` orders them over all epochs. */
export interface SegmentInfo {
  readonly slot: number;
  readonly position: number;
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  /** When it was written last, ms since 1970. */
  readonly at: number;
}

export interface SegmentWrite extends SegmentInfo {
  readonly data: Uint8Array;
}

/** S14: the newest screen the keeper has sent, and the number it stands after. */
export interface SnapshotInfo {
  readonly epoch: Epoch;
  readonly sequence: number;
  /** On the wire. */
  readonly bytes: number;
}

export interface SnapshotWrite extends SnapshotInfo {
  /** The whole batch, as it came. */
  readonly data: Uint8Array;
}

/** A screen in the midst of what is recorded, from which its rest can be shown right (S5, S14). */
export interface KeyframeInfo extends SnapshotInfo {
  readonly id: number;
  /** By the host's clock, ms since 1970. */
  readonly time: number;
}

export interface KeyframeWrite extends KeyframeInfo {
  /** The whole batch of the snapshot. */
  readonly data: Uint8Array;
}

/** X8: an audit entry under the room's own number. */
export interface NumberedAuditEntry {
  readonly number: number;
  readonly entry: AuditEntry;
}

/** One transaction. */
export interface Commit {
  readonly durable?: Durable;
  readonly segments?: readonly SegmentWrite[];
  readonly dropSlots?: readonly number[];
  readonly requests?: readonly RequestRecord[];
  readonly dropRequests?: readonly string[];
  /** null: none is kept any more. */
  readonly snapshot?: SnapshotWrite | null;
  readonly audit?: readonly NumberedAuditEntry[];
  /** X8: the lobby has acked all up to this number. */
  readonly auditAcked?: number;
  readonly commands?: readonly CommandRecord[];
  readonly dropCommands?: readonly string[];
  readonly commandEvents?: readonly CommandEvent[];
  readonly conversations?: ConversationCommit;
  readonly files?: FileCommit;
  readonly keyframes?: readonly KeyframeWrite[];
  readonly dropKeyframes?: readonly number[];
}

export type RoomEvent =
  | { readonly type: 'placed'; readonly team: TeamId; readonly placement: Placement }
  /** X4: the key of this host was replaced, or revoked; a repeat, or one that was overtaken, changes nothing. */
  | ({ readonly type: 'host-key-changed'; readonly hostId: HostId } & HostKeyState)
  /** A socket whose token was verified, or a caller without one. */
  | {
      readonly type: 'viewer-joined';
      readonly connection: ConnectionId;
      readonly member: Member;
      /** C4: it knows conversations. */
      readonly chats?: boolean;
      /** It has no socket: it sends one message and leaves (REST). */
      readonly socketless?: true;
    }
  /** M11, X5: the viewer's token was renewed, or their rights changed. */
  | { readonly type: 'member-renewed'; readonly connection: ConnectionId; readonly member: Member }
  /** X5: the lobby says which rights of members and sessions are others now. */
  | { readonly type: 'rights-changed'; readonly changes: readonly RightsChange[] }
  /** X19: a new socket of this member exceeds the limits: silent ones give way. */
  | { readonly type: 'admission-requested'; readonly member: Pick<Member, 'id' | 'role'> }
  | {
      readonly type: 'viewer-message';
      readonly connection: ConnectionId;
      readonly message: ViewerMessage;
      readonly id?: string;
      /** I1: when it was first sent, ms since 1970. */
      readonly askedAt?: number;
    }
  | {
      readonly type: 'viewer-input';
      readonly connection: ConnectionId;
      readonly frame: InputFrame;
      /** Exactly the frame. */
      readonly bytes: Uint8Array;
    }
  /** C15: a file of this viewer's, which gets an ack. */
  | {
      readonly type: 'file-uploaded';
      readonly connection: ConnectionId;
      readonly file: Upload;
      readonly id: string;
    }
  /** Somebody asks the agent's host; answered by `host-answered`. */
  | { readonly type: 'host-asked'; readonly queryId: string; readonly query: HostQuery }
  | { readonly type: 'disconnected'; readonly connection: ConnectionId }
  | { readonly type: 'keeper-message'; readonly connection: ConnectionId; readonly message: KeeperMessage }
  | {
      readonly type: 'batch';
      readonly connection: ConnectionId;
      readonly header: BatchHeader;
      /** Exactly the batch. */
      readonly bytes: Uint8Array;
    }
  /** The lobby's answer to a report (R3); null: it could not be reached. */
  | { readonly type: 'report-acked'; readonly revision: number | null }
  /** X8: the highest number the lobby has; null: it could not be reached. */
  | { readonly type: 'audit-acked'; readonly acked: number | null }
  /** History has all steps of commands up to this number, but for those it will never take. */
  | {
      readonly type: 'steps-written';
      readonly upTo: number;
      readonly refused?: readonly { readonly number: number; readonly why: string }[];
    }
  /** History has these items of conversations. */
  | { readonly type: 'items-written'; readonly written: ItemsWritten }
  /** History has the agent in this form. */
  | { readonly type: 'agent-written'; readonly agent: PastAgent }
  /** N1: this agent was deleted. The room is gone when `flush` was answered. */
  | { readonly type: 'deleted'; readonly agentUid: AgentUid }
  /** X8, A1: lobby and history have all that the room had. */
  | { readonly type: 'flushed' }
  | { readonly type: 'alarm' };

export type Effect =
  | {
      readonly type: 'send';
      readonly to: ConnectionId;
      readonly message: ServerMessage;
      readonly correlationId?: string;
    }
  | { readonly type: 'send-to-keeper'; readonly keeper: ConnectionId; readonly message: ToKeeperMessage }
  | { readonly type: 'host-answered'; readonly queryId: string; readonly answer: HostAnswer }
  /** The same bytes to all of these, at once and before anything is stored. */
  | { readonly type: 'forward'; readonly to: readonly ConnectionId[]; readonly bytes: Uint8Array }
  | {
      readonly type: 'close';
      readonly connection: ConnectionId;
      readonly code: number;
      readonly reason: string;
    }
  /** Every socket, and every caller that waits for an ack. */
  | { readonly type: 'close-all'; readonly code: number; readonly error: WireError }
  /** N1: audit and history take what they do not have; answered by `flushed` when they did. */
  | { readonly type: 'flush' }
  /** N1: all that is stored goes, and a tombstone stays. */
  | { readonly type: 'erase' }
  /** X4: all keepers of a host whose proof is of a key before this revision. */
  | {
      readonly type: 'close-keepers';
      readonly hostId: HostId;
      readonly below: number;
      readonly code: number;
      readonly reason: string;
    }
  /** X5: for claims that are older than these changes. */
  | { readonly type: 'cache-rights'; readonly changes: readonly RightsChange[] }
  /**
   * X5: sockets of members whom these changes concern (null: another label may hide the agent from them) get
   * their claims as they are now, or close. Each that stays is answered by `member-renewed`.
   */
  | { readonly type: 'reauthorize'; readonly changes: readonly RightsChange[] | null }
  | {
      readonly type: 'attach-viewer';
      readonly connection: ConnectionId;
      readonly subscription: Subscription | null;
    }
  /** C2: the conversations that a viewer reads. */
  | {
      readonly type: 'attach-reads';
      readonly connection: ConnectionId;
      readonly reads: readonly ConversationId[];
    }
  | { readonly type: 'attach-keeper'; readonly connection: ConnectionId; readonly hello: KeeperAttachment }
  | { readonly type: 'commit'; readonly commit: Commit }
  | {
      readonly type: 'report';
      readonly revision: number;
      readonly summary: RoomSummary;
      /** C7. */
      readonly requests: readonly RequestHead[];
      /** C10. */
      readonly resolved: readonly ResolvedRequest[];
      readonly turns: readonly EndedTurn[];
    }
  /** X8: to the lobby; answered by `audit-acked`. */
  | { readonly type: 'send-audit'; readonly first: number; readonly entries: readonly AuditEntry[] }
  /** X8a: refused beforehand: nothing came of it, so nothing is stored. */
  | { readonly type: 'audit-refusal'; readonly entry: AuditEntry };

/** What a handler gets beside the event: time, ids and reads are arguments. */
export interface Context extends ItemReader, FileReader {
  /** ms since 1970. */
  readonly now: number;
  /** A stored segment's bytes. */
  readonly read: (slot: number) => Uint8Array;
  /** The stored snapshot's bytes. */
  readonly readSnapshot: () => Uint8Array;
  /** X8: stored entries after this number that the lobby has not acked; `most` bounds how many. */
  readonly readAudit: (after: number, most: number) => readonly NumberedAuditEntry[];
  /** When a connection was last active (H1), ms since 1970. */
  readonly lastSeen: (connection: ConnectionId) => number;
  readonly freshId: () => string;
}
