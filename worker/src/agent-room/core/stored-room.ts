import type { CommandRecord } from './commands/command.ts';
import type { CommandEvent } from './commands/command-events.ts';
import type { ConversationRecord } from './conversations/conversation.ts';
import type { PermissionRecord } from './conversations/permission.ts';
import type { FileRecord } from './files/file-record.ts';
import type {
  Durable,
  KeyframeInfo,
  NumberedAuditEntry,
  RequestRecord,
  SegmentInfo,
  SnapshotInfo,
} from './types.ts';

/** What a room finds when it wakes. */
export interface StoredRoom {
  /** N1: its agent was deleted; there is nothing else, and never will be. */
  readonly deleted: boolean;
  readonly durable: Durable | null;
  readonly segments: readonly SegmentInfo[];
  readonly requests: readonly RequestRecord[];
  readonly snapshot: SnapshotInfo | null;
  readonly keyframes: readonly KeyframeInfo[];
  readonly audit: StoredAudit;
  readonly commands: readonly CommandRecord[];
  /** Those that nobody took. */
  readonly commandEvents: readonly CommandEvent[];
  readonly conversations: readonly ConversationRecord[];
  readonly permissions: readonly PermissionRecord[];
  readonly files: readonly FileRecord[];
}

/** X8: audit entries by the room's own numbers: those the lobby has not acked, and the newest number of all. */
export interface StoredAudit {
  readonly pending: readonly NumberedAuditEntry[];
  readonly last: number;
}
