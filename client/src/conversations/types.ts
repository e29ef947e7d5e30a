import type {
  AgentRequest,
  ConversationId,
  ConversationState,
  ConversationUpdate,
  MemberId,
  PermissionId,
  Position,
  Prompt,
  RequestCard,
  Resolution,
  StoredItem,
  WireError,
} from '@muster/protocol';
import type { Entry, Row } from './entry.ts';
import type { Epochs } from './epochs.ts';

export type { Row };

/** C12: how a message goes in. */
export type SendMode = 'queue' | 'steer' | 'interrupt';

/** A message of this client that the room has not shown yet. */
export interface Outgoing {
  readonly messageId: string;
  readonly content: Prompt;
  readonly when: SendMode;
  /** `taken`: the room has it, and is about to show it. */
  readonly state: 'sending' | 'taken' | 'failed';
  readonly error: WireError | null;
}

/** ms: by the clock of `now`. */
export interface Writer {
  readonly memberId: MemberId;
  readonly name: string;
  readonly until: number;
}

/** What one reader has of one conversation. */
export interface Conversation {
  readonly conversationId: ConversationId;
  state: ConversationState | null;
  /** A join is under way: what comes answers it. */
  isJoining: boolean;
  /** Its newest items have come. */
  isLoaded: boolean;
  /** In the order in which they were first heard of. */
  readonly entries: Map<string, Entry>;
  /** The ids of the items that are shown, oldest first; null: to be made again. */
  order: readonly string[] | null;
  /** From this index on all rows are here; null: not known yet. */
  from: number | null;
  /** Pages brought nothing older. */
  isAtOldest: boolean;
  /** The newest revision up to which nothing is missing, and the newest that came. */
  synced: number | null;
  newest: number;
  readonly epochs: Epochs;
  /** Pending or not, oldest first. */
  readonly cards: Map<PermissionId, RequestCard>;
  readonly writers: Map<MemberId, Writer>;
  readonly outbox: Map<string, Outgoing>;
}

export type ConversationEvent =
  /** A join was sent, was answered, or its socket is lost. */
  | { readonly type: 'join' }
  | { readonly type: 'joined'; readonly oldest: number }
  | { readonly type: 'left' }
  | { readonly type: 'state'; readonly state: ConversationState }
  | { readonly type: 'row'; readonly row: Row }
  | { readonly type: 'update'; readonly position: Position; readonly update: ConversationUpdate }
  /** Older rows, as they were asked for. */
  | { readonly type: 'page'; readonly rows: readonly StoredItem[] }
  | { readonly type: 'asked'; readonly request: AgentRequest }
  | { readonly type: 'resolved'; readonly permissionId: PermissionId; readonly resolution: Resolution }
  | {
      readonly type: 'typing';
      readonly memberId: MemberId;
      readonly name: string;
      readonly typing: boolean;
    }
  | {
      readonly type: 'send';
      readonly messageId: string;
      readonly content: Prompt;
      readonly when: SendMode;
    }
  | { readonly type: 'sent'; readonly messageId: string }
  | { readonly type: 'unsent'; readonly messageId: string; readonly error: WireError }
  | { readonly type: 'discard'; readonly messageId: string }
  | { readonly type: 'tick' };

/** What is to be drawn again. */
export type Change =
  | { readonly type: 'item'; readonly itemId: string }
  /** Items came, went or found their place. */
  | { readonly type: 'order' }
  | { readonly type: 'state' }
  | { readonly type: 'requests' }
  | { readonly type: 'writers' }
  | { readonly type: 'outbox' };

export interface ConversationContext {
  /** ms. */
  readonly now: number;
}
