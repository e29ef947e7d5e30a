import type { ClientId, ConversationId, Epoch } from '@muster/protocol';
import { type AuditOutbox, openAuditOutbox } from './audit/outbox.ts';
import type { CommandRecord } from './commands/command.ts';
import type { CommandEvent } from './commands/command-events.ts';
import type { ConversationRecord } from './conversations/conversation.ts';
import type { PermissionRecord } from './conversations/permission.ts';
import type { FileRecord } from './files/file-record.ts';
import { FlowControl } from './flow/flow-control.ts';
import { ROOM_LIMITS } from './limits.ts';
import type { StoredRoom } from './stored-room.ts';
import { RETENTION, type Retention } from './stream/retention.ts';
import { lastStored, openSegments, type Segments, type Tail } from './stream/segments.ts';
import type {
  ConnectionId,
  Durable,
  KeyframeInfo,
  Member,
  RequestRecord,
  SnapshotInfo,
  Subscription,
} from './types.ts';

/** S8: a message to a viewer, until it is acked. `at`: when it was sent, ms since 1970. */
export interface InFlight {
  readonly epoch: Epoch;
  readonly last: number;
  readonly bytes: number;
  readonly at: number;
}

/** A viewer's socket as the room sees it. */
export interface Viewer {
  readonly connection: ConnectionId;
  member: Member;
  subscription: Subscription | null;
  /** C4: it knows conversations, and is told of them. */
  readonly chats: boolean;
  /** C2: the conversations that it reads. */
  reads: readonly ConversationId[];
  /** I2: the client its inputs name, whose `input:ack` it gets. */
  inputClient: ClientId;
  /** S8: what it was sent while parked and has not acked. */
  readonly inFlight: InFlight[];
  /** S8: wire bytes that may be under way for it while it is parked. */
  window: number;
  /** S8: since when it has acked nothing of what is in flight, or is parked, ms since 1970. */
  unackedSince: number;
  /** S8: of the live flow, everything up to this much (ledger bytes) is acked, or was before its time. */
  ackedTotal: number;
  /** S6: the piece of an older past it waits for from the keeper: which number comes next, how many wire bytes still. */
  fetch: {
    readonly epoch: Epoch;
    readonly next: number;
    readonly to: number;
    readonly remaining: number;
  } | null;
  /** It has no socket, so it cannot hold the driver lease. */
  readonly socketless: boolean;
}

export interface Keeper {
  readonly connection: ConnectionId;
  /** I2: keys go to it as they come. */
  readonly takesFrames: boolean;
  /** How far its host's clock is ahead of the server's, ms. */
  readonly ahead: number;
  readonly endsInput: boolean;
  /** S3: the one resend asked for and not yet answered. */
  resend: { readonly epoch: Epoch; readonly from: number } | null;
  /** S1: epochs this room never saw, and how often it asked for each. */
  readonly epochRequests: Map<Epoch, number>;
  /** S14: a snapshot was asked for and none has come since. */
  snapshotRequested: boolean;
  /** C16: the turns that it was told to begin on this socket. */
  readonly prompted: Set<string>;
  /** When it sent its hello, ms; 0: before the room woke. */
  readonly since: number;
  /** Q5: the number it had reached then; `another`: it will number anew. null: all that is here. */
  awaits: { readonly epoch: Epoch; readonly last: number; readonly another: boolean } | null;
}

export const newKeeper = (
  { connection, takesFrames, endsInput, ahead = 0 }: RestoredKeeper,
  since = 0,
  awaits: Keeper['awaits'] = null,
): Keeper => ({
  connection,
  takesFrames,
  ahead,
  endsInput,
  since,
  awaits,
  resend: null,
  epochRequests: new Map(),
  snapshotRequested: false,
  prompted: new Set(),
});

/** One room in memory: what is durable, and what can be made again from sockets and segments. */
export interface RoomState {
  durable: Durable | null;
  /** N1: its agent was deleted. */
  readonly deleted: boolean;
  readonly segments: Segments;
  tail: Tail | null;
  /** S14. */
  snapshot: SnapshotInfo | null;
  /** S5: how long this deployment keeps what is recorded; and the screens in it, oldest first. */
  readonly retention: Retention;
  keyframes: KeyframeInfo[];
  /** S3: the number wanted next in the current epoch. */
  next: number;
  readonly flow: FlowControl;
  keeper: Keeper | null;
  readonly viewers: Map<ConnectionId, Viewer>;
  /** How many of them watch: it is part of each state that is sent, and there may be 1,000. */
  watching: number;
  /** I1: by key. */
  readonly requests: Map<string, RequestRecord>;
  /** Q10: by id. */
  readonly commands: Map<string, CommandRecord>;
  /** C2, C7: by id. */
  readonly conversations: Map<string, ConversationRecord>;
  readonly permissions: Map<string, PermissionRecord>;
  /** C14a: of items that grow, whether they are the agent's text, by conversation and item; bounded. */
  readonly growing: Map<string, boolean>;
  /** C15: by id. */
  readonly files: Map<string, FileRecord>;
  /** Steps of commands that history has not taken, oldest first. */
  outbox: CommandEvent[];
  /** When a command was to start and could not, ms. */
  commandsTriedAt: number;
  /** R3a: when something was last printed or typed, ms; 0: not since the room woke. */
  activeAt: number;
  /** R3: the summary sent last, as JSON ('': none that the lobby has; null: not restored since the room woke) … */
  sentSummary: string | null;
  sentRevision: number;
  /** … and when to send it again (ms; null: the lobby has it). */
  reportAt: number | null;
  reportFailures: number;
  /** R3: reports that the lobby has not answered; the object stays awake for them. */
  reportsInFlight: number;
  /** R3: the newest revision that the lobby has acked since the room woke; 0: none. */
  ackedRevision: number;
  /** X8. */
  readonly audit: AuditOutbox;
  /** B9: when the driver last typed, ms; null: not since the room woke. */
  typedAt: number | null;
  /** B9: whether the lease was compared with the sockets since the room woke. */
  leaseChecked: boolean;
  /** R1: when presence was last sent to all, and when to send it again (ms; null: it is up to date). */
  presence: { readonly sentAt: number; dueAt: number | null };
  /** H2: caches the earliest deadline of this state; null: it must be computed again. */
  deadline: { readonly at: number | null } | null;
}

export type RestoredKeeper = Pick<Keeper, 'connection' | 'takesFrames' | 'endsInput'> &
  Partial<Pick<Keeper, 'ahead'>>;

export interface RestoredSockets {
  readonly viewers: readonly {
    readonly connection: ConnectionId;
    readonly member: Member;
    readonly subscription: Subscription | null;
    readonly chats?: boolean;
    readonly reads?: readonly ConversationId[];
  }[];
  readonly keeper: RestoredKeeper | null;
}

/** The state after a wake: from the rows, and from the attachments of the sockets that survived (S7). */
export function restoreRoom(
  kept: StoredRoom,
  sockets: RestoredSockets,
  retention: Retention = RETENTION,
): RoomState {
  const { durable, deleted, segments, requests, snapshot, keyframes, audit, commands, commandEvents } = kept;
  const index = openSegments(segments);
  const epoch = durable?.epoch ?? null;
  return {
    durable,
    deleted,
    segments: index,
    tail: null,
    snapshot,
    retention,
    keyframes: [...keyframes].sort((a, b) => a.id - b.id),
    next: (epoch === null ? 0 : lastStored(index, epoch)) + 1,
    flow: new FlowControl(),
    keeper: sockets.keeper === null ? null : newKeeper(sockets.keeper),
    viewers: new Map(sockets.viewers.map((viewer) => [viewer.connection, newViewer(viewer, 0)])),
    watching: sockets.viewers.filter(({ subscription }) => subscription !== null).length,
    requests: new Map(requests.map((record) => [record.key, record])),
    commands: new Map(commands.map((record) => [record.commandId, record])),
    conversations: new Map(kept.conversations.map((record) => [record.conversationId, record])),
    growing: new Map(),
    permissions: new Map(kept.permissions.map((record) => [record.request.permissionId, record])),
    files: new Map(kept.files.map((record) => [record.fileId, record])),
    outbox: [...commandEvents],
    commandsTriedAt: 0,
    activeAt: 0,
    sentSummary: null,
    sentRevision: durable?.summaryRevision ?? 0,
    reportAt: null,
    reportFailures: 0,
    reportsInFlight: 0,
    ackedRevision: 0,
    audit: openAuditOutbox(audit),
    typedAt: null,
    leaseChecked: false,
    presence: { sentAt: 0, dueAt: null },
    deadline: null,
  };
}

export function newViewer(
  from: RestoredSockets['viewers'][number],
  ackedTotal: number,
  socketless = false,
): Viewer {
  const { clientId } = from.member;
  return {
    ...from,
    chats: from.chats ?? false,
    reads: from.reads ?? [],
    inputClient: clientId,
    inFlight: [],
    window: ROOM_LIMITS.windowBytes,
    unackedSince: 0,
    ackedTotal,
    fetch: null,
    socketless,
  };
}

/** S8: what a parked viewer is sent counts until it is acked. */
export function trackInFlight(viewer: Viewer, piece: Omit<InFlight, 'at'>, now: number): void {
  if (viewer.inFlight.length === 0) viewer.unackedSince = now;
  viewer.inFlight.push({ ...piece, at: now });
}
