import type {
  AuditNote,
  Commit,
  Durable,
  Kept,
  RequestRecord,
  SegmentWrite,
  SnapshotWrite,
} from '../core/types.ts';
import type { RoomStore } from './store.ts';

/** The twin for simulation and tests: same contract, no disk. */
export class MemoryRoomStore implements RoomStore {
  private durable: Durable | null = null;
  private readonly segments = new Map<number, SegmentWrite>();
  private readonly requests = new Map<string, RequestRecord>();
  private snapshot: SnapshotWrite | null = null;
  private audit: AuditNote[] = [];
  private audited = 0;

  load(): Kept {
    return {
      durable: this.durable,
      segments: [...this.segments.values()].map(({ data: _, ...info }) => info),
      requests: [...this.requests.values()],
      snapshot: this.snapshot === null ? null : infoOf(this.snapshot),
      audit: { waiting: [...this.audit], last: this.audited },
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

  commit(commit: Commit): void {
    for (const slot of commit.dropSlots ?? []) this.segments.delete(slot);
    for (const write of commit.segments ?? [])
      this.segments.set(write.slot, { ...write, data: write.data.slice() });
    for (const key of commit.dropRequests ?? []) this.requests.delete(key);
    for (const record of commit.requests ?? []) this.requests.set(record.key, structuredClone(record));
    if (commit.snapshot === null) this.snapshot = null;
    else if (commit.snapshot !== undefined)
      this.snapshot = { ...commit.snapshot, data: commit.snapshot.data.slice() };
    this.audit.push(...structuredClone(commit.audit ?? []));
    this.audited = this.audit.at(-1)?.number ?? this.audited;
    this.audit = this.audit.filter(({ number }) => number > (commit.auditHeld ?? 0));
    if (commit.durable !== undefined) this.durable = structuredClone(commit.durable);
  }
}

const infoOf = ({ data: _, ...info }: SnapshotWrite) => info;
