import {
  AgentIdSchema,
  ConversationIdSchema,
  type ConversationSummary,
  decodeUpdate,
  STREAM,
  type WireError,
} from '@muster/protocol';
import { Emitter } from '../emitter.ts';
import type {
  AgentFeed,
  ConnectionState,
  ConversationMessage,
  FeedEvents,
  MusterClient,
  RequestFailure,
} from '../types.ts';
import { OpenConversation } from './open-conversation.ts';
import { readMessage } from './read-message.ts';

/** ms after which a join that was refused for a time is tried again. */
const REJOIN_MS = 5_000;

export interface AgentConversationsEvents {
  /** Newest first; R1: only ever a newer one. */
  list: readonly ConversationSummary[];
  connection: ConnectionState;
  /** The agent is gone. */
  gone: WireError;
}

export interface AgentConversationsOptions {
  readonly client: Pick<MusterClient, 'open' | 'request'>;
  readonly agentId: string;
}

/** The conversations of one agent, on one socket to its room: their list, and those that are open, live. */
export class AgentConversations {
  readonly agentId: string;
  readonly #client: AgentConversationsOptions['client'];
  readonly #feed: AgentFeed;
  readonly #emitter = new Emitter<AgentConversationsEvents>();
  readonly on = <K extends keyof AgentConversationsEvents>(
    event: K,
    listener: (value: AgentConversationsEvents[K]) => void,
  ): (() => void) => this.#emitter.on(event, listener);
  readonly #open = new Map<string, OpenConversation>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #list: { readonly revision: number; readonly list: readonly ConversationSummary[] } | null = null;
  #isClosed = false;

  constructor({ client, agentId }: AgentConversationsOptions) {
    this.agentId = AgentIdSchema.parse(agentId);
    this.#client = client;
    this.#feed = client.open(agentId, { history: 'full', held: true });
    this.#feed.on('connection', (state) => this.#connected(state));
    this.#feed.on('conversation', (message) => this.#heard(message));
    this.#feed.on('conversationUpdates', (updates) => this.#updated(updates));
    this.#feed.on('gone', (error) => this.#emitter.emit('gone', error));
  }

  get connection(): ConnectionState {
    return this.#feed.connection;
  }

  /** null: not known yet. */
  get list(): readonly ConversationSummary[] | null {
    return this.#list?.list ?? null;
  }

  /** Resolves with its id; rejects with a `RequestFailure`. */
  async create(options: { readonly title?: string; readonly resume?: string } = {}): Promise<string> {
    const agentId = AgentIdSchema.parse(this.agentId);
    const { result } = await this.#client.request('conversation:create', { agentId, ...options });
    return ConversationIdSchema.parse(result?.['conversationId']);
  }

  /** The same object while it is open. @throws ZodError when the id is none. */
  open(conversationId: string): OpenConversation {
    const id = ConversationIdSchema.parse(conversationId);
    const held = this.#open.get(id);
    if (held !== undefined) return held;
    const conversation = new OpenConversation({
      conversationId: id,
      client: this.#client,
      feed: this.#feed,
      closed: () => this.#leave(id),
    });
    this.#open.set(id, conversation);
    if (this.#feed.connection.name === 'connected') void this.#join(conversation);
    return conversation;
  }

  close(): void {
    for (const conversation of [...this.#open.values()]) conversation.close();
    this.#isClosed = true;
    this.#feed.close();
  }

  #leave(conversationId: string): void {
    this.#open.delete(conversationId);
    clearTimeout(this.#timers.get(conversationId));
    this.#timers.delete(conversationId);
    const payload = { conversationId: ConversationIdSchema.parse(conversationId) };
    // The socket that ends takes it along.
    this.#feed.request('conversation:leave', payload).catch(() => undefined);
  }

  #connected(state: ConnectionState): void {
    this.#emitter.emit('connection', state);
    for (const conversation of this.#open.values()) {
      if (state.name === 'connected') void this.#join(conversation);
      else conversation.left();
    }
  }

  async #join(conversation: OpenConversation): Promise<void> {
    const { conversationId } = conversation;
    try {
      await conversation.join();
    } catch (reason) {
      const isOpen = this.#open.get(conversationId) === conversation && !this.#isClosed;
      // A socket that is lost is followed by another, which asks again.
      if (!isOpen || this.#feed.connection.name !== 'connected' || conversation.isJoining) return;
      const error = wireOf(reason);
      if (error !== null && !mayPass(error)) return conversation.refused(error);
      clearTimeout(this.#timers.get(conversationId));
      this.#timers.set(
        conversationId,
        setTimeout(() => void this.#join(conversation), REJOIN_MS),
      );
    }
  }

  #heard(message: ConversationMessage): void {
    const heard = readMessage(message);
    if (heard === null) return;
    if (heard.type === 'event') return this.#open.get(heard.conversationId)?.take(heard.event);
    if (this.#list !== null && heard.revision < this.#list.revision) return;
    this.#list = heard;
    this.#emitter.emit('list', heard.list);
  }

  #updated({ conversationId, epoch, frames }: FeedEvents['conversationUpdates']): void {
    const conversation = this.#open.get(conversationId);
    if (conversation === undefined) return;
    for (const { stream, data, sequence } of frames) {
      const update = stream === STREAM.update ? decodeUpdate(data) : null;
      if (update !== null) conversation.take({ type: 'update', position: { epoch, sequence }, update });
    }
  }
}

/** Whether it is worth asking again on the same socket: not where there is none, nor where the room tells none here. */
const mayPass = ({ code, recoverable }: WireError): boolean =>
  recoverable && code !== 'INVALID_STATE' && code !== 'UNSUPPORTED_TYPE';

const isFailure = (reason: unknown): reason is RequestFailure => reason instanceof Error && 'wire' in reason;

/** What the server refused it with; null: nothing was answered. */
const wireOf = (reason: unknown): WireError | null =>
  isFailure(reason) && reason.outcome === 'refused' ? reason.wire : null;
