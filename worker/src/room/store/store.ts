import type { Commit, Durable, RequestRecord, SegmentInfo } from '../core/types.ts';

/** What a room finds when it wakes. */
export interface Loaded {
  readonly durable: Durable | null;
  readonly segments: readonly SegmentInfo[];
  readonly requests: readonly RequestRecord[];
}

/** Where a room keeps what must survive a reset; synchronous, as the Durable Object's SQLite is. */
export interface RoomStore {
  load(): Loaded;
  /** A stored segment. @throws Error for a slot that is not there: the index and the rows disagree. */
  read(slot: number): Uint8Array;
  /** All of it or nothing. */
  commit(commit: Commit): void;
}
