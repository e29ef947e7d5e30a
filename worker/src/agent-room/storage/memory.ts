import type { ConversationId } from '@muster/protocol';
import { type CommandEvent, type CommandRecord, EMPTY_OUTBOX } from '../core/commands/index.ts';
import type { ItemQuery, ItemRow } from '../core/conversations/index.ts';
import { ROOM_LIMITS } from '../core/limits.ts';
import type { StoredRoom } from '../core/stored-room.ts';
import type {
  Commit,
  Durable,
  KeyframeWrite,
  NumberedAuditEntry,
  RequestRecord,
  SegmentWrite,
  SnapshotWrite,
} from '../core/types.ts';
import { MemoryConversations } from './memory-conversations.ts';
import { MemoryFiles } from './memory-files.ts';
import type { RoomStore } from './store.ts';

/** The twin for simulation and tests: same contract, no disk. */
export class MemoryRoomStore implements RoomStore {
  private deleted = false;
  private durable: Durable | null = null;
  private readonly segments = new Map<number, SegmentWrite>();
  private readonly requests = new Map<string, RequestRecord>();
  private readonly commands = new Map<string, CommandRecord>();
  private commandEvents: CommandEvent[] = [];
  private snapshot: SnapshotWrite | null = null;
  private audit: NumberedAuditEntry[] = [];
  private audited = 0;
  private readonly keyframes = new Map<number, KeyframeWrite>();
  private readonly conversations = new MemoryConversations();
  private readonly files = new MemoryFiles();

  load(): StoredRoom {
    return {
      deleted: this.deleted,
      durable: this.durable,
      segments: [...this.segments.values()].map(({ data: _, ...info }) => info),
      requests: [...this.requests.values()],
      snapshot: this.snapshot === null ? null : infoOf(this.snapshot),
      audit: { pending: this.readAudit(0, ROOM_LIMITS.auditPending), last: this.audited },
      commands: [...this.commands.values()],
      commandEvents: this.commandEvents,
      ...this.conversations.load(),
      files: this.files.load(),
      keyframes: [...this.keyframes.values()].map(({ data: _, ...info }) => info),
    };
  }

  read(slot: number): Uint8Array {
    const segment = this.segments.get(slot);
    if (segment === undefined) throw new Error(`segment ${slot} is not stored`);
    return segment.data;
  }

  readSnapshot(): Uint8Array {
    if (this.snapshot === null) throw new Error('no snapshot is stored');
    return this.snapshot.data;
  }

  readAudit(after: number, most: number): NumberedAuditEntry[] {
    return this.audit.filter(({ number }) => number > after).slice(0, most);
  }

  readKeyframe(id: number): Uint8Array {
    const keyframe = this.keyframes.get(id);
    if (keyframe === undefined) throw new Error(`keyframe ${id} is not stored`);
    return keyframe.data;
  }

  readItem(conversationId: ConversationId, itemId: string): ItemRow | null {
    return this.conversations.read(conversationId, itemId);
  }

  readItems(query: ItemQuery): ItemRow[] {
    return this.conversations.readAll(query);
  }

  readFile(fileId: string, offset: number, length: number): Uint8Array {
    return this.files.read(fileId, offset, length);
  }

  commit(commit: Commit): void {
    if (commit.files !== undefined) this.files.commit(commit.files);
    if (commit.conversations !== undefined) this.conversations.commit(commit.conversations);
    for (const slot of commit.dropSlots ?? []) this.segments.delete(slot);
    for (const write of commit.segments ?? [])
      this.segments.set(write.slot, { ...write, data: write.data.slice() });
    for (const key of commit.dropRequests ?? []) this.requests.delete(key);
    for (const record of commit.requests ?? []) this.requests.set(record.key, structuredClone(record));
    for (const commandId of commit.dropCommands ?? []) this.commands.delete(commandId);
    for (const record of commit.commands ?? []) this.commands.set(record.commandId, structuredClone(record));
    this.commandEvents = [...this.commandEvents, ...structuredClone(commit.commandEvents ?? [])];
    if (commit.snapshot === null) this.snapshot = null;
    else if (commit.snapshot !== undefined)
      this.snapshot = { ...commit.snapshot, data: commit.snapshot.data.slice() };
    this.audit.push(...structuredClone(commit.audit ?? []));
    this.audited = this.audit.at(-1)?.number ?? this.audited;
    this.audit = this.audit.filter(({ number }) => number > (commit.auditAcked ?? 0));
    for (const id of commit.dropKeyframes ?? []) this.keyframes.delete(id);
    for (const write of commit.keyframes ?? [])
      this.keyframes.set(write.id, { ...write, data: write.data.slice() });
    if (commit.durable !== undefined) this.durable = structuredClone(commit.durable);
    const { taken, last } = this.durable?.outbox ?? EMPTY_OUTBOX;
    const from = Math.max(taken, last - ROOM_LIMITS.commandEvents);
    this.commandEvents = this.commandEvents.filter(({ number }) => number > from);
  }

  delete(): void {
    this.deleted = true;
    this.durable = null;
    this.snapshot = null;
    this.audit = [];
    this.audited = 0;
    this.commandEvents = [];
    this.conversations.clear();
    this.files.clear();
    for (const rows of [this.segments, this.requests, this.commands, this.keyframes]) rows.clear();
  }
}

const infoOf = ({ data: _, ...info }: SnapshotWrite) => info;
