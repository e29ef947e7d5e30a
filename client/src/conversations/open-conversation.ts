import {
  type ConversationId,
  type ConversationState,
  type Item,
  MessageIdSchema,
  type Prompt,
  promptOf,
  type RequestCard,
  type StoredItem,
  StoredItemSchema,
  type WireError,
  wireError,
} from '@muster/protocol';
import { Emitter } from '../emitter.ts';
import type { AgentFeed, MusterClient, RequestFailure } from '../types.ts';
import { handleConversation, newConversation, TYPING_MS } from './conversation.ts';
import { followFrom } from './follow-from.ts';
import { hasOlder, itemAt, orderOf } from './items.ts';
import type { Change, Conversation, ConversationEvent, Outgoing, SendMode, Writer } from './types.ts';

export interface OpenConversationEvents {
  /** In the order in which it happened; an item may be named again and again. */
  changed: readonly Change[];
  /** There is none, or it may not be seen. */
  gone: WireError;
}

export interface OpenConversationOptions {
  readonly conversationId: ConversationId;
  readonly client: Pick<MusterClient, 'request'>;
  readonly feed: Pick<AgentFeed, 'request' | 'follow' | 'state'>;
  readonly closed: () => void;
}

/** One conversation as its reader has it: the shell of its core. */
export class OpenConversation {
  readonly conversationId: ConversationId;
  readonly #options: OpenConversationOptions;
  readonly #conversation: Conversation;
  readonly #emitter = new Emitter<OpenConversationEvents>();
  readonly on = <K extends keyof OpenConversationEvents>(
    event: K,
    listener: (value: OpenConversationEvents[K]) => void,
  ): (() => void) => this.#emitter.on(event, listener);
  /** Counts joins: the answer to one that another followed is late. */
  #joins = 0;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OpenConversationOptions) {
    this.#options = options;
    this.conversationId = options.conversationId;
    this.#conversation = newConversation(options.conversationId);
  }

  get state(): ConversationState | null {
    return this.#conversation.state;
  }

  get isLoaded(): boolean {
    return this.#conversation.isLoaded;
  }

  get isJoining(): boolean {
    return this.#conversation.isJoining;
  }

  get hasOlder(): boolean {
    return hasOlder(this.#conversation);
  }

  /** The oldest index that is here; null: nothing came yet. */
  get oldestIndex(): number | null {
    return this.#conversation.from;
  }

  /** The id of the item of this index; null: it is not here. */
  itemAt(index: number): string | null {
    return itemAt(this.#conversation, index);
  }

  /** The ids of the items, oldest first. */
  get order(): readonly string[] {
    return orderOf(this.#conversation);
  }

  /** Pending or not, oldest first. */
  get cards(): readonly RequestCard[] {
    return [...this.#conversation.cards.values()];
  }

  get outgoing(): readonly Outgoing[] {
    return [...this.#conversation.outbox.values()];
  }

  get writers(): readonly Writer[] {
    return [...this.#conversation.writers.values()];
  }

  item(itemId: string): Item | null {
    return this.#conversation.entries.get(itemId)?.item ?? null;
  }

  /** On a socket that has opened. Rejects with a `RequestFailure`. */
  async join(): Promise<void> {
    this.#joins += 1;
    const join = this.#joins;
    this.take({ type: 'join' });
    const { synced } = this.#conversation;
    const { conversationId } = this;
    try {
      const after = synced === null ? {} : { after: synced };
      const payload = { conversationId, ...after };
      const { result } = await this.#options.feed.request('conversation:join', payload);
      if (join !== this.#joins) return;
      this.take({ type: 'joined', oldest: Number(result?.['oldest'] ?? 0) });
      const { feed } = this.#options;
      if (this.state !== null) feed.follow(followFrom(this.state, feed.state?.asOf ?? null));
    } catch (reason) {
      if (join === this.#joins) this.take({ type: 'left' });
      throw reason;
    }
  }

  left(): void {
    this.#joins += 1;
    this.take({ type: 'left' });
  }

  refused(error: WireError): void {
    this.#emitter.emit('gone', error);
  }

  /** What was heard of it. */
  take(event: ConversationEvent): void {
    if (this.#isClosed) return;
    const changes = handleConversation(this.#conversation, event, { now: Date.now() });
    if (event.type === 'typing') this.#watchWriters();
    if (changes.length > 0) this.#emitter.emit('changed', changes);
  }

  /** Older rows, as `GET /api/conversations/:id/messages` tells them; what cannot be read is passed over. */
  takePage(rows: readonly unknown[]): void {
    const known = rows.flatMap((row): StoredItem[] => {
      const parsed = StoredItemSchema.safeParse(row);
      return parsed.success ? [parsed.data] : [];
    });
    this.take({ type: 'page', rows: known });
  }

  /**
   * C12: shown as outgoing until the room shows it. Resolves when the room has it; rejects with a `RequestFailure`, and it
   * stays, to be sent again under its id, which makes it one message, or discarded. `messageId`: never used before.
   */
  send(messageId: string, content: string | Prompt, when: SendMode = 'queue'): Promise<void> {
    const id = MessageIdSchema.parse(messageId);
    this.take({ type: 'send', messageId: id, content: promptOf(content), when });
    return this.#deliver(id);
  }

  resend(messageId: string): Promise<void> {
    const held = this.#conversation.outbox.get(messageId);
    if (held === undefined) return Promise.resolve();
    return this.send(messageId, held.content, held.when);
  }

  discard(messageId: string): void {
    this.take({ type: 'discard', messageId });
  }

  /** Lost where there is no connection. */
  typing(typing: boolean): void {
    const { conversationId } = this;
    this.#options.feed.request('typing', { conversationId, typing }).catch(() => undefined);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#options.closed();
  }

  async #deliver(messageId: string): Promise<void> {
    const held = this.#conversation.outbox.get(messageId);
    if (held === undefined) return;
    const { content, when } = held;
    const { conversationId } = this;
    try {
      await this.#options.client.request('chat:message', { conversationId, messageId, content, when });
      this.take({ type: 'sent', messageId });
    } catch (reason) {
      this.take({ type: 'unsent', messageId, error: errorOf(reason) });
      throw reason;
    }
  }

  #watchWriters(): void {
    clearTimeout(this.#timer);
    if (this.#conversation.writers.size === 0) return;
    this.#timer = setTimeout(() => {
      this.take({ type: 'tick' });
      this.#watchWriters();
    }, TYPING_MS);
  }
}

const isFailure = (reason: unknown): reason is RequestFailure => reason instanceof Error && 'wire' in reason;

const errorOf = (reason: unknown): WireError =>
  isFailure(reason) ? reason.wire : wireError('INTERNAL_ERROR', 'Something went wrong on this page.');
