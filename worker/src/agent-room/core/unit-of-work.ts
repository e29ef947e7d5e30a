import { CommandWrites } from './commands/command-writes.ts';
import { ConversationWrites } from './conversations/conversation-writes.ts';
import { FileWrites } from './files/file-writes.ts';
import { ROOM_LIMITS } from './limits.ts';
import type { RoomState, Viewer } from './state.ts';
import type {
  Commit,
  ConnectionId,
  Context,
  Durable,
  Effect,
  KeyframeInfo,
  KeyframeWrite,
  NumberedAuditEntry,
  RequestRecord,
  SegmentWrite,
  SnapshotWrite,
  Subscription,
} from './types.ts';

/**
 * Collects what one event changes and sends. Live output goes into `beforeCommit`, since the output gate holds back
 * whatever is sent after SQL; messages about stored state go into `afterCommit`.
 */
export class UnitOfWork {
  readonly room: RoomState;
  readonly context: Context;
  readonly beforeCommit: Effect[] = [];
  readonly afterCommit: Effect[] = [];
  private readonly segments = new Map<number, SegmentWrite>();
  private readonly dropSlots = new Set<number>();
  private readonly requests = new Map<string, RequestRecord>();
  private readonly dropRequests = new Set<string>();
  private readonly attached = new Map<ConnectionId, Viewer>();
  readonly commands: CommandWrites;
  readonly conversations: ConversationWrites;
  readonly files: FileWrites;
  private durableChanged = false;
  private snapshot: SnapshotWrite | null | undefined;
  private readonly auditEntries: NumberedAuditEntry[] = [];
  /** X8: the highest number the lobby has acked. */
  auditAcked: number | undefined;
  private readonly keyframes = new Map<number, KeyframeWrite>();
  private readonly dropKeyframes = new Set<number>();
  /** R3: whether the summary may have changed; output never changes it. */
  summaryDirty = false;
  /** R1: whether the watchers or the driver changed; and the watchers that are new. */
  watchersChanged = false;
  readonly newcomers: ConnectionId[] = [];

  constructor(room: RoomState, context: Context) {
    this.room = room;
    this.context = context;
    this.commands = new CommandWrites(room);
    this.conversations = new ConversationWrites(room, context);
    this.files = new FileWrites(room);
  }

  get now(): number {
    return this.context.now;
  }

  /** Replaces part of the durable state; R1 counts it unless no viewer is shown it. */
  change(durable: Durable, part: Partial<Durable>, counts = true): Durable {
    const revision = counts ? durable.revision + 1 : durable.revision;
    const changed = { ...durable, ...part, revision };
    this.room.durable = changed;
    this.durableChanged = true;
    this.summaryDirty = true;
    return changed;
  }

  /** A stored segment, also one that this event writes: the store has that only afterwards. */
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

  /** The kept snapshot, also one that this event writes. */
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

  /** X8: in the transaction of the action it records. */
  writeAudit(note: NumberedAuditEntry): void {
    this.auditEntries.push(note);
  }

  /** S7: a viewer's place in the stream goes into its attachment, once per event however often it moved. */
  attachViewer(viewer: Viewer, subscription: Subscription | null): void {
    if ((viewer.subscription === null) !== (subscription === null)) {
      this.summaryDirty = true;
      this.watchersChanged = true;
      this.room.watching += subscription === null ? -1 : 1;
      if (subscription !== null) this.newcomers.push(viewer.connection);
    }
    viewer.subscription = subscription;
    this.attached.set(viewer.connection, viewer);
  }

  /** Whether the event changed nothing that is stored or shown. It may have forwarded live output. */
  get isEmpty(): boolean {
    return (
      !this.summaryDirty && !this.watchersChanged && !this.conversations.listChanged && !this.storesAnything
    );
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
      ...this.beforeCommit,
      ...(commit === null ? [] : [{ type: 'commit' as const, commit }]),
      ...this.afterCommit,
      ...attach,
    ];
  }

  private get storesAnything(): boolean {
    return (
      this.durableChanged ||
      this.snapshot !== undefined ||
      this.auditAcked !== undefined ||
      this.auditEntries.length > 0 ||
      this.commands.storesAnything ||
      this.conversations.storesAnything ||
      this.files.storesAnything ||
      [
        this.segments,
        this.dropSlots,
        this.requests,
        this.dropRequests,
        this.keyframes,
        this.dropKeyframes,
      ].some(({ size }) => size > 0)
    );
  }

  private commit(): Commit | null {
    if (!this.storesAnything) return null;
    const { durable } = this.room;
    return {
      ...(this.durableChanged && durable !== null ? { durable } : {}),
      ...(this.segments.size > 0 ? { segments: [...this.segments.values()] } : {}),
      ...(this.dropSlots.size > 0 ? { dropSlots: [...this.dropSlots] } : {}),
      ...(this.requests.size > 0 ? { requests: [...this.requests.values()] } : {}),
      ...(this.dropRequests.size > 0 ? { dropRequests: [...this.dropRequests] } : {}),
      ...(this.snapshot === undefined ? {} : { snapshot: this.snapshot }),
      ...(this.auditEntries.length > 0 ? { audit: this.auditEntries } : {}),
      ...(this.auditAcked === undefined ? {} : { auditAcked: this.auditAcked }),
      ...this.commands.commit(),
      ...this.conversations.commit(),
      ...this.files.commit(),
      ...(this.keyframes.size > 0 ? { keyframes: [...this.keyframes.values()] } : {}),
      ...(this.dropKeyframes.size > 0 ? { dropKeyframes: [...this.dropKeyframes] } : {}),
    };
  }
}

/** H1: whether there is a keeper to ask. */
export function reachableKeeper(work: UnitOfWork): ConnectionId | null {
  const { keeper } = work.room;
  if (keeper === null) return null;
  const silence = work.now - work.context.lastSeen(keeper.connection);
  return silence > ROOM_LIMITS.keeperSilence ? null : keeper.connection;
}
