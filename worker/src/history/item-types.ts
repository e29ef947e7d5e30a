import { type Item, type TeamId, UsageSchema } from '@muster/protocol';
import type * as z from 'zod';
import type { ItemDecision } from '../agent-room/core/conversations/item-decision.ts';

export const CostSchema = UsageSchema.shape.cost.unwrap();
export type Cost = z.infer<typeof CostSchema>;

/** A conversation as history keeps it. Times: ms since 1970. */
export interface PastConversation {
  readonly conversationId: string;
  readonly createdBy: string;
  /** Members who spoke in it. */
  readonly members: readonly string[];
  readonly title: string | null;
  /** Of its items, how many there have been. */
  readonly messages: number;
  readonly createdAt: number;
  readonly activeAt: number;
  readonly endedAt: number | null;
  readonly cost: Cost | null;
}

/** An item that ended, at its place. */
export interface PastItem {
  readonly index: number;
  readonly revision: number;
  /** By the server's clock. */
  readonly at: number;
  readonly item: Item;
  readonly decisions: readonly ItemDecision[];
}

/** What one room writes at a time, of one conversation. */
export interface ItemBatch {
  readonly team: TeamId;
  readonly agentId: string;
  readonly agentUid: string;
  readonly conversation: PastConversation;
  /** In the order of their revisions. */
  readonly items: readonly PastItem[];
}

/** Where a room's shell brings what was said, from its alarm. */
export interface ItemHistoryWriter {
  /** Idempotent: only a newer revision of an item changes what is there. @throws Error when it could not be written */
  write(batch: ItemBatch): Promise<void>;
}
