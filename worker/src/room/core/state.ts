import type { Epoch } from '@muster/protocol';
import { type Bucket, fullBucket } from '../../socket/bucket.ts';
import { type AuditBox, openBox } from './audit-box.ts';
import type { CommandRecord } from './command.ts';
import type { CommandEvent } from './command-events.ts';
import { CommandWrites } from './command-writes.ts';
import { Ledger } from './ledger.ts';
import { ROOM_LIMITS } from './limits.ts';
import { RETENTION, type Retention } from './retention.ts';
import { lastStored, openSegments, type Segments, type Tail } from './segments.ts';
import type {
  AuditNote,
  Commit,
  ConnectionId,
  Context,
  Durable,
  Effect,
  Kept,
  KeyframeInfo,
  KeyframeWrite,
  Member,
  RequestRecord,
  SegmentWrite,
  SnapshotInfo,
  SnapshotWrite,
  Subscription,
} from './types.ts';

/** S8: a message to a viewer, until it is acked. `at`: when it was sent, ms since 1970. */
export interface Owed {
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
  /** I2: the client its inputs name, whose `input:ack` it gets. */
  inputClient: string;
  /** S8: what it was sent while parked and has not acked. */
  readonly owed: Owed[];
  /** S8: wire bytes that may be under way for it while it is parked. */
  window: number;
  /** S8: since when it has acked nothing of what it owes, or is parked, ms since 1970. */
  owesSince: number;
  /** S8: of the live flow, everything up to this much (ledger bytes) is acked, or was before its time. */
  ackedTotal: number;
  /** S6: the piece of an older past it waits for from the keeper: which number comes next, how many wire bytes still. */
  fetch: {
    readonly epoch: Epoch;
    readonly next: number;
    readonly to: number;
    readonly remaining: number;
  } | null;
  /** It has no socket: it holds no keyboard. */
  readonly passing: boolean;
}

export interface Keeper {
  readonly connection: ConnectionId;
  /** S3: the one resend asked for and not yet answered. */
  resend: { readonly epoch: Epoch; readonly from: number } | null;
  /** S1: epochs this room never saw, and how often it asked for each. */
  readonly askedFor: Map<Epoch, number>;
  /** S14: a snapshot was asked for and none has come since. */
  snapshotAsked: boolean;
  /** When it said hello, ms; 0: before the room woke. */
  readonly since: number;
  /** Q5: the number it had reached then; `another`: it will number anew. null: all that is here. */
  awaits: { readonly epoch: Epoch; readonly last: number; readonly another: boolean } | null;
}

export const newKeeper = (connection: ConnectionId, since = 0, awaits: Keeper['awaits'] = null): Keeper => ({
  connection,
  since,
  awaits,
  resend: null,
  askedFor: new Map(),
  snapshotAsked: false,
});

/** One room in memory: what is durable, and what can be made again from sockets and segments. */
export interface RoomState {
  durable: Durable | null;
  readonly segments: Segments;
  tail: Tail | null;
  /** S14. */
  snapshot: SnapshotInfo | null;
  /** S5: how long this deployment keeps what is recorded; and the screens in it, oldest first. */
  readonly retention: Retention;
  keyframes: KeyframeInfo[];
  /** S3: the number wanted next in the current epoch. */
  next: number;
  readonly ledger: Ledger;
  keeper: Keeper | null;
  readonly viewers: Map<ConnectionId, Viewer>;
  /** How many of them watch: it is part of each state that is told, and there may be 1,000. */
  watching: number;
  /** I1: by key. */
  readonly requests: Map<string, RequestRecord>;
  /** Q10: by id. */
  readonly commands: Map<string, CommandRecord>;
  /** Steps of commands that history has not taken, oldest first. */
  outbox: CommandEvent[];
  /** L: what may be asked now; full after a wake, as it is after any rest. */
  commandBucket: Bucket;
  /** When a command was to start and could not, ms. */
  commandsTriedAt: number;
  /** R3: the summary told last, as JSON ('': nothing the lobby must hold; null: not recalled since the room woke) … */
  toldSummary: string | null;
  toldRevision: number;
  /** … and when to tell it again (ms; null: the lobby has it). */
  reportAt: number | null;
  reportFailures: number;
  /** R3: reports that the lobby has not answered; the object stays awake for them. */
  reportsUnderWay: number;
  /** X8. */
  readonly audit: AuditBox;
  /** B9: when the driver last typed, ms; null: not since the room woke. */
  typedAt: number | null;
  /** B9: whether the driver's socket was looked for since the room woke. */
  lookedForHands: boolean;
  /** R1: when all were last told who watches, and when they are to be told again (ms; null: they know). */
  presence: { readonly toldAt: number; dueAt: number | null };
}

export interface Sockets {
  readonly viewers: readonly {
    readonly connection: ConnectionId;
    readonly member: Member;
    readonly subscription: Subscription | null;
  }[];
  readonly keeper: ConnectionId | null;
}

/** The room as it wakes: from its rows and from the attachments of the sockets that slept with it (S7). */
export function wakeRoom(kept: Kept, sockets: Sockets, retention: Retention = RETENTION): RoomState {
  const { durable, segments, requests, snapshot, keyframes, audit, commands, commandEvents } = kept;
  const index = openSegments(segments);
  const epoch = durable?.epoch ?? null;
  return {
    durable,
    segments: index,
    tail: null,
    snapshot,
    retention,
    keyframes: [...keyframes].sort((a, b) => a.id - b.id),
    next: (epoch === null ? 0 : lastStored(index, epoch)) + 1,
    ledger: new Ledger(),
    keeper: sockets.keeper === null ? null : newKeeper(sockets.keeper),
    viewers: new Map(sockets.viewers.map((viewer) => [viewer.connection, newViewer(viewer, 0)])),
    watching: sockets.viewers.filter(({ subscription }) => subscription !== null).length,
    requests: new Map(requests.map((record) => [record.key, record])),
    commands: new Map(commands.map((record) => [record.commandId, record])),
    outbox: [...commandEvents],
    commandBucket: fullBucket(ROOM_LIMITS.commands, 0),
    commandsTriedAt: 0,
    toldSummary: null,
    toldRevision: durable?.summaryRevision ?? 0,
    reportAt: null,
    reportFailures: 0,
    reportsUnderWay: 0,
    audit: openBox(audit),
    typedAt: null,
    lookedForHands: false,
    presence: { toldAt: 0, dueAt: null },
  };
}

export function newViewer(from: Sockets['viewers'][number], ackedTotal: number, passing = false): Viewer {
  const { clientId } = from.member;
  return {
    ...from,
    inputClient: clientId,
    owed: [],
    window: ROOM_LIMITS.windowBytes,
    owesSince: 0,
    ackedTotal,
    fetch: null,
    passing,
  };
}

/** S8: what a parked viewer is sent counts until it is acked. */
export function owe(viewer: Viewer, piece: Omit<Owed, 'at'>, now: number): void {
  if (viewer.owed.length === 0) viewer.owesSince = now;
  viewer.owed.push({ ...piece, at: now });
}

/**
 * One event's work. Live output goes `before` the commit, since the output gate holds back whatever is sent
 * after SQL; all that tells of stored things goes `after` it.
 */
export class Turn {
  readonly room: RoomState;
  readonly context: Context;
  readonly before: Effect[] = [];
  readonly after: Effect[] = [];
  private readonly segments = new Map<number, SegmentWrite>();
  private readonly dropSlots = new Set<number>();
  private readonly requests = new Map<string, RequestRecord>();
  private readonly dropRequests = new Set<string>();
  private readonly attached = new Map<ConnectionId, Viewer>();
  readonly commands: CommandWrites;
  private durableChanged = false;
  private snapshot: SnapshotWrite | null | undefined;
  private readonly notes: AuditNote[] = [];
  /** X8: what the lobby was heard to hold. */
  auditHeld: number | undefined;
  private readonly keyframes = new Map<number, KeyframeWrite>();
  private readonly dropKeyframes = new Set<number>();
  /** R3: whether the summary may be another now; output never touches it. */
  touched = false;
  /** R1: whether who watches, or who of them drives, is another now; and who began to watch. */
  watchersChanged = false;
  readonly newcomers: ConnectionId[] = [];

  constructor(room: RoomState, context: Context) {
    this.room = room;
    this.context = context;
    this.commands = new CommandWrites(room);
  }

  get now(): number {
    return this.context.now;
  }

  /** Replaces part of the durable state; R1 counts it unless it is bookkeeping nobody is shown. */
  change(durable: Durable, part: Partial<Durable>, counts = true): Durable {
    const revision = counts ? durable.revision + 1 : durable.revision;
    const changed = { ...durable, ...part, revision };
    this.room.durable = changed;
    this.durableChanged = true;
    this.touched = true;
    return changed;
  }

  /** A stored segment, also one that this turn writes: the store has that only afterwards. */
  readSegment(slot: number): Uint8Array {
    return this.segments.get(slot)?.data ?? this.context.read(slot);
  }

  writeSegment(write: SegmentWrite, dropSlots: readonly number[]): void {
    this.segments.set(write.slot, write);
    this.dropSegments(dropSlots);
  }

  dropSegments(slots: readonly number[]): void {
    for (const slot of slots) {
      this.segments.delete(slot);
      this.dropSlots.add(slot);
    }
  }

  /** The kept snapshot, also one that this turn writes. */
  readSnapshot(): Uint8Array {
    return this.snapshot?.data ?? this.context.readSnapshot();
  }

  /** S14: it takes the place of the one before; null: there is none any more. */
  writeSnapshot(write: SnapshotWrite | null): void {
    this.snapshot = write;
    this.room.snapshot =
      write === null ? null : { epoch: write.epoch, sequence: write.sequence, bytes: write.bytes };
  }

  /** S5: one more screen of the recording. */
  writeKeyframe(write: KeyframeWrite): void {
    const { data: _, ...info } = write;
    this.room.keyframes.push(info);
    this.keyframes.set(write.id, write);
  }

  keepKeyframes(keep: (info: KeyframeInfo) => boolean): void {
    const { keyframes } = this.room;
    this.room.keyframes = keyframes.filter(keep);
    for (const info of keyframes) {
      if (this.room.keyframes.includes(info)) continue;
      this.keyframes.delete(info.id);
      this.dropKeyframes.add(info.id);
    }
  }

  writeRequest(record: RequestRecord): void {
    this.room.requests.set(record.key, record);
    this.requests.set(record.key, record);
  }

  dropRequest(key: string): void {
    this.room.requests.delete(key);
    this.requests.delete(key);
    this.dropRequests.add(key);
  }

  /** X8: in the transaction of what is noted. */
  writeNote(note: AuditNote): void {
    this.notes.push(note);
  }

  /** S7: where a viewer is goes into its attachment, once a turn however often it moved. */
  attachViewer(viewer: Viewer, subscription: Subscription | null): void {
    if ((viewer.subscription === null) !== (subscription === null)) {
      this.touched = true;
      this.watchersChanged = true;
      this.room.watching += subscription === null ? -1 : 1;
      if (subscription !== null) this.newcomers.push(viewer.connection);
    }
    viewer.subscription = subscription;
    this.attached.set(viewer.connection, viewer);
  }

  /** The effects in the order the shell carries them out. */
  effects(): Effect[] {
    const commit = this.commit();
    const attach: Effect[] = [...this.attached.values()].map(({ connection, subscription }) => ({
      type: 'attach-viewer',
      connection,
      subscription,
    }));
    return [
      ...this.before,
      ...(commit === null ? [] : [{ type: 'commit' as const, commit }]),
      ...this.after,
      ...attach,
    ];
  }

  private commit(): Commit | null {
    const { durable } = this.room;
    const commit: Commit = {
      ...(this.durableChanged && durable !== null ? { durable } : {}),
      ...(this.segments.size > 0 ? { segments: [...this.segments.values()] } : {}),
      ...(this.dropSlots.size > 0 ? { dropSlots: [...this.dropSlots] } : {}),
      ...(this.requests.size > 0 ? { requests: [...this.requests.values()] } : {}),
      ...(this.dropRequests.size > 0 ? { dropRequests: [...this.dropRequests] } : {}),
      ...(this.snapshot === undefined ? {} : { snapshot: this.snapshot }),
      ...(this.notes.length > 0 ? { audit: this.notes } : {}),
      ...(this.auditHeld === undefined ? {} : { auditHeld: this.auditHeld }),
      ...this.commands.commit(),
      ...(this.keyframes.size > 0 ? { keyframes: [...this.keyframes.values()] } : {}),
      ...(this.dropKeyframes.size > 0 ? { dropKeyframes: [...this.dropKeyframes] } : {}),
    };
    return Object.keys(commit).length === 0 ? null : commit;
  }
}

/** H1: whether there is a keeper to ask. */
export function keeperToAsk(turn: Turn): ConnectionId | null {
  const { keeper } = turn.room;
  if (keeper === null) return null;
  const silence = turn.now - turn.context.seen(keeper.connection);
  return silence > ROOM_LIMITS.keeperSilence ? null : keeper.connection;
}
