import type { ConnectionState } from '@muster/client';
import type {
  AgentRequest,
  ConversationState,
  ConversationSummary,
  FormValues,
  Item,
  Prompt,
  QueuedMessage,
  RequestCard,
  Result,
  WireError,
} from '@muster/protocol';
import type { Attachments } from './attachments.svelte.ts';

/** C12: how a message goes in. */
export type SendMode = 'queue' | 'steer' | 'interrupt';

/** One item as a page shows it: the same object for its whole life, so that a growing text redraws its own row only. */
export interface ItemView {
  readonly itemId: string;
  /** Reactive; changes at most once a frame. */
  readonly item: Item;
}

/** A message of this page that the room has not shown yet. */
export interface OutgoingMessage {
  readonly messageId: string;
  readonly content: Prompt;
  readonly when: SendMode;
  /** `sending`: unconfirmed. `failed`: `error` says why, and whether it may have arrived; sent again it stays one message. */
  readonly state: 'sending' | 'failed';
  readonly error: WireError | null;
}

/** Somebody else who writes now. */
export interface TypingMember {
  readonly memberId: string;
  readonly name: string;
}

/** Which act was refused last, and why. `id`: of the message or request it was about. */
export interface ActFailure {
  readonly act: string;
  readonly id: string | null;
  readonly error: WireError;
}

/** A request as it is answered: what the member saw is named by its digest (C8). */
export type Asked = Pick<AgentRequest, 'permissionId' | 'digest'>;

/** One conversation, live. Every act resolves to whether it was done; `failure` says why not. */
export interface ConversationControls {
  readonly conversationId: string;
  readonly agentId: string;
  /** null: not known yet. */
  readonly state: ConversationState | null;
  readonly connection: ConnectionState;
  /** There is none: closed long ago, or not to be seen. */
  readonly gone: WireError | null;
  /** Oldest first; key them by `itemId`. */
  readonly items: readonly ItemView[];
  /** True once the newest items are there. */
  readonly loaded: boolean;
  /** Those that are pending, oldest first. */
  readonly requests: readonly RequestCard[];
  /** Those that were answered, or ask no more, and are about no item; oldest first. */
  readonly decided: readonly RequestCard[];
  /** Every request this page knows of a tool call, newest last, with what became of it. */
  requestsOf(itemId: string): readonly RequestCard[];
  /** The queue; while a move is under way, as it will be. */
  readonly queue: readonly QueuedMessage[];
  /** Below the items, oldest first. */
  readonly outgoing: readonly OutgoingMessage[];
  readonly typing: readonly TypingMember[];
  readonly failure: ActFailure | null;
  dismiss(): void;
  /** Whether an act about this message or request, or of this name, is under way. */
  isBusy(id: string): boolean;

  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
  older(): Promise<boolean>;

  /** The text in the composer, kept for the next visit. Assignable. */
  draft: string;
  /** C15: of the message that is being written; they do not survive the page. */
  readonly attachments: Attachments;
  /** Shown at once as outgoing. A text alone or parts. */
  send(content: string | Prompt, when?: SendMode): Promise<boolean>;
  /** Of an outgoing message that failed. */
  retry(messageId: string): Promise<boolean>;
  discard(messageId: string): void;
  edit(messageId: string, content: string | Prompt): Promise<boolean>;
  withdraw(messageId: string): Promise<boolean>;
  /** `position`: 1 the next. */
  move(messageId: string, position: number): Promise<boolean>;
  cancel(): Promise<boolean>;
  configure(configId: string, value: string | boolean): Promise<boolean>;
  signIn(methodId: string): Promise<boolean>;
  rename(title: string): Promise<boolean>;
  /** Closes the conversation for all. */
  end(): Promise<boolean>;
  /** `message`: said to the agent as the next message (C9). */
  respond(asked: Asked, optionId: string, message?: string): Promise<boolean>;
  /** C9: the option that allows once, and a rule of the policy for exactly this. */
  respondAlways(asked: Asked, optionId: string): Promise<boolean>;
  elicit(asked: Asked, action: 'accept' | 'decline' | 'cancel', content?: FormValues): Promise<boolean>;
  /** To be called on each key in the composer; `stopTyping` on blur. */
  typed(): void;
  stopTyping(): void;
  /** The page leaves it. */
  close(): void;
}

/** The conversations of one agent: one socket for the list and for those that are open. */
export interface AgentConversations {
  readonly agentId: string;
  /** Newest first; null: not known yet. */
  readonly list: readonly ConversationSummary[] | null;
  readonly connection: ConnectionState;
  readonly gone: WireError | null;
  create(options?: { readonly title?: string; readonly resume?: string }): Promise<Result<string, WireError>>;
  open(conversationId: string): ConversationControls;
  close(): void;
}
