import type { StoredItem } from '@muster/protocol';
import type { ItemDecision } from '../agent-room/core/conversations/item-decision.ts';
import type { Cost } from '../history/item-types.ts';

/** What an export says of a conversation beside its items. Times: ms since 1970. */
export interface ExportHead {
  readonly conversationId: string;
  readonly agentId: string;
  readonly title: string | null;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly exportedAt: number;
}

export type Decisions = ReadonlyMap<string, readonly ItemDecision[]>;

/** A conversation as a text, piece by piece: no more of it is in memory than one page. */
export interface ExportFormat {
  readonly contentType: string;
  readonly extension: string;
  begin(head: ExportHead): string;
  items(items: readonly StoredItem[], decisions: Decisions): string;
  /** `others`: answers to what was asked about no item. */
  end(cost: Cost | null, others: readonly ItemDecision[]): string;
}
