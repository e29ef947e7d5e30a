import type { Commit, Durable, RequestRecord, SegmentWrite } from '../core/types.ts';
import type { Loaded, RoomStore } from './store.ts';

/** The twin for simulation and tests: same contract, no disk. */
export class MemoryRoomStore implements RoomStore {
  private durable: Durable | null = null;
  private readonly segments = new Map<number, SegmentWrite>();
  private readonly requests = new Map<string, RequestRecord>();

  load(): Loaded {
    return {
      durable: this.durable,
      segments: [...this.segments.values()].map(({ data: _, ...info }) => info),
      requests: [...this.requests.values()],
    };
  }

  read(slot: number): Uint8Array {
    const segment = this.segments.get(slot);
    if (segment === undefined) throw new Error(`segment ${slot} is not stored`);
    return segment.data;
  }

  commit(commit: Commit): void {
    for (const slot of commit.dropSlots ?? []) this.segments.delete(slot);
    for (const write of commit.segments ?? [])
      this.segments.set(write.slot, { ...write, data: write.data.slice() });
    for (const key of commit.dropRequests ?? []) this.requests.delete(key);
    for (const record of commit.requests ?? []) this.requests.set(record.key, structuredClone(record));
    if (commit.durable !== undefined) this.durable = structuredClone(commit.durable);
  }
}
