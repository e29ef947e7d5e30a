import type { ConversationId } from '@muster/protocol';

/** A1: what came of a write to history. `marks`: as the record had them when it was begun. */
export interface ItemsWritten {
  readonly conversationId: ConversationId;
  readonly upTo: number;
  readonly isWhole: boolean;
  readonly marks: number;
  /** Items that history will never take. */
  readonly refused: readonly { readonly number: number; readonly why: string }[];
}
