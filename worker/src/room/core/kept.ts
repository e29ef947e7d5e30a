import type { CommandRecord } from './command.ts';
import type { CommandEvent } from './command-events.ts';
import type { AuditNote, Durable, KeyframeInfo, RequestRecord, SegmentInfo, SnapshotInfo } from './types.ts';

/** What a room finds when it wakes. */
export interface Kept {
  /** N1: its agent was deleted; there is nothing else, and never will be. */
  readonly buried: boolean;
  readonly durable: Durable | null;
  readonly segments: readonly SegmentInfo[];
  readonly requests: readonly RequestRecord[];
  readonly snapshot: SnapshotInfo | null;
  readonly keyframes: readonly KeyframeInfo[];
  readonly audit: KeptAudit;
  readonly commands: readonly CommandRecord[];
  /** Those that nobody took. */
  readonly commandEvents: readonly CommandEvent[];
}

/** X8: what this room noted, by its own numbers: what the lobby does not hold yet, and the newest number of all. */
export interface KeptAudit {
  readonly waiting: readonly AuditNote[];
  readonly last: number;
}
