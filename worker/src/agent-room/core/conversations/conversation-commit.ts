import type { ConversationId } from '@muster/protocol';
import type { ConversationRecord } from './conversation.ts';
import type { ItemRow } from './item-row.ts';
import type { PermissionRecord } from './permission.ts';

/** One transaction's part of conversations. */
export interface ConversationCommit {
  readonly records: readonly ConversationRecord[];
  /** With their items. */
  readonly dropped: readonly ConversationId[];
  readonly requests: readonly PermissionRecord[];
  readonly droppedRequests: readonly string[];
  readonly items: readonly ItemRow[];
  /** Items below an index. */
  readonly droppedItems: readonly { readonly conversationId: ConversationId; readonly below: number }[];
}
