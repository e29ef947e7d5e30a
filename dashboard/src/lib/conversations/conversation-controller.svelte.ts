import type { ConnectionState, MusterClient } from '@muster/client';
import type { Change, OpenConversation } from '@muster/client/conversations';
import {
  ConversationIdSchema,
  type ConversationState,
  type FormValues,
  MessageIdSchema,
  type Prompt,
  type QueuedMessage,
  type RequestCard,
  type WireError,
} from '@muster/protocol';
import { Acts } from './acts.svelte.ts';
import { Attachments } from './attachments.svelte.ts';
import { readDraft, writeDraft } from './drafts.ts';
import { ItemViews } from './item-views.svelte.ts';
import { nextFrame } from './next-frame.ts';
import { olderItems } from './older-items.ts';
import type { ActFailure, Asked, ConversationControls, OutgoingMessage, SendMode } from './types.ts';
import { TypingNotice } from './typing-notice.ts';

export interface ConversationControllerOptions {
  readonly client: Pick<MusterClient, 'request'>;
  readonly agentId: string;
  readonly conversation: OpenConversation;
  readonly connection: () => ConnectionState;
  /** Runs when the page leaves it. */
  readonly closed: () => void;
  readonly draw?: (draw: () => void) => void;
  readonly storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/** One conversation on a page. What is heard is drawn at most once a frame. */
export class ConversationController implements ConversationControls {
  readonly conversationId: string;
  readonly agentId: string;
  readonly attachments: Attachments;
  state = $state.raw<ConversationState | null>(null);
  gone = $state.raw<WireError | null>(null);
  loaded = $state(false);
  hasOlder = $state(false);
  loadingOlder = $state(false);
  outgoing = $state.raw<readonly OutgoingMessage[]>([]);
  typing = $state.raw<OpenConversation['writers']>([]);
  #cards = $state.raw<readonly RequestCard[]>([]);
  #draft = $state('');
  #pendingMove = $state.raw<{ readonly of: unknown; readonly queue: readonly QueuedMessage[] } | null>(null);
  readonly requests = $derived.by(() =>
    this.#cards.filter(({ resolution }) => resolution.state === 'pending'),
  );
  readonly decided = $derived.by(() =>
    this.#cards.filter(({ request, resolution }) => resolution.state !== 'pending' && isAboutNoItem(request)),
  );
  readonly queue = $derived.by(() => {
    const queue = this.state?.queue ?? [];
    return this.#pendingMove?.of === this.state?.queue ? (this.#pendingMove?.queue ?? queue) : queue;
  });
  readonly #views = new ItemViews();
  readonly #acts: Acts;
  readonly #notice: TypingNotice;
  readonly #options: ConversationControllerOptions;
  readonly #changedItems = new Set<string>();
  #isReordered = false;
  #isDrawing = false;

  constructor(options: ConversationControllerOptions) {
    const { conversation, client, agentId } = options;
    this.#options = options;
    this.agentId = agentId;
    this.conversationId = conversation.conversationId;
    this.attachments = new Attachments(this.conversationId);
    this.#acts = new Acts(client);
    this.#notice = new TypingNotice((typing) => conversation.typing(typing));
    if (this.#storage !== null) this.#draft = readDraft(this.#storage, this.conversationId);
    conversation.on('changed', (changes) => this.#handleChanges(changes));
    conversation.on('gone', (error) => {
      this.gone = error;
    });
  }

  get connection(): ConnectionState {
    return this.#options.connection();
  }

  get items(): ConversationControls['items'] {
    return this.#views.list;
  }

  get failure(): ActFailure | null {
    return this.#acts.failure;
  }

  get draft(): string {
    return this.#draft;
  }

  set draft(text: string) {
    this.#draft = text;
    if (this.#storage !== null) writeDraft(this.#storage, this.conversationId, text);
  }

  dismiss(): void {
    this.#acts.failure = null;
  }

  isBusy(id: string): boolean {
    return this.#acts.isBusy(id);
  }

  requestsOf(itemId: string): readonly RequestCard[] {
    return this.#cards.filter(({ request }) => request.kind === 'permission' && request.itemId === itemId);
  }

  async older(): Promise<boolean> {
    const { conversation } = this.#options;
    const from = conversation.oldestIndex;
    if (this.loadingOlder || from === null || !conversation.hasOlder) return false;
    this.loadingOlder = true;
    const answer = await olderItems(this.conversationId, from);
    this.loadingOlder = false;
    if (!answer.ok) {
      this.#acts.failure = { act: 'older', id: null, error: answer.error };
      return false;
    }
    conversation.takePage(answer.value);
    return true;
  }

  send(content: string | Prompt, when: SendMode = 'queue'): Promise<boolean> {
    this.#notice.stop();
    const messageId = crypto.randomUUID();
    return this.#deliver(messageId, () => this.#options.conversation.send(messageId, content, when));
  }

  retry(messageId: string): Promise<boolean> {
    return this.#deliver(messageId, () => this.#options.conversation.resend(messageId));
  }

  discard(messageId: string): void {
    this.#options.conversation.discard(messageId);
  }

  edit(messageId: string, content: string | Prompt): Promise<boolean> {
    return this.#acts.request('chat:edit', messageId, { ...this.#message(messageId), content });
  }

  withdraw(messageId: string): Promise<boolean> {
    return this.#acts.request('chat:withdraw', messageId, this.#message(messageId));
  }

  /** Shown at once; taken back if the room refuses it. */
  async move(messageId: string, position: number): Promise<boolean> {
    const of = this.state?.queue;
    const moved = of?.find((queued) => queued.messageId === messageId);
    if (of === undefined || moved === undefined) return false;
    const others = of.filter((queued) => queued !== moved);
    this.#pendingMove = { of, queue: others.toSpliced(position - 1, 0, moved) };
    const done = await this.#acts.request('chat:move', messageId, { ...this.#message(messageId), position });
    if (!done) this.#pendingMove = null;
    return done;
  }

  cancel(): Promise<boolean> {
    return this.#acts.request('conversation:cancel', null, this.#named);
  }

  configure(configId: string, value: string | boolean): Promise<boolean> {
    return this.#acts.request('conversation:configure', configId, { ...this.#named, configId, value });
  }

  signIn(methodId: string): Promise<boolean> {
    return this.#acts.request('conversation:sign-in', methodId, { ...this.#named, methodId });
  }

  rename(title: string): Promise<boolean> {
    return this.#acts.request('conversation:rename', null, { ...this.#named, title });
  }

  end(): Promise<boolean> {
    return this.#acts.request('conversation:close', null, this.#named);
  }

  respond({ permissionId, digest }: Asked, optionId: string, message?: string): Promise<boolean> {
    const why = message === undefined || message.trim() === '' ? {} : { message };
    const answer = { permissionId, digest, optionId, ...why };
    return this.#acts.request('permission:respond', permissionId, answer);
  }

  respondAlways({ permissionId, digest }: Asked, optionId: string): Promise<boolean> {
    const answer = { permissionId, digest, optionId, always: true as const };
    return this.#acts.request('permission:respond', permissionId, answer);
  }

  elicit(
    { permissionId, digest }: Asked,
    action: 'accept' | 'decline' | 'cancel',
    content?: FormValues,
  ): Promise<boolean> {
    const values = content === undefined ? {} : { content };
    const answer = { permissionId, digest, action, ...values };
    return this.#acts.request('elicitation:respond', permissionId, answer);
  }

  typed(): void {
    this.#notice.typed(Date.now());
  }

  stopTyping(): void {
    this.#notice.stop();
  }

  close(): void {
    this.#notice.stop();
    this.attachments.clear();
    this.#options.conversation.close();
    this.#options.closed();
  }

  get #named() {
    return { conversationId: ConversationIdSchema.parse(this.conversationId) };
  }

  #message(messageId: string) {
    return { ...this.#named, messageId: MessageIdSchema.parse(messageId) };
  }

  /** A message that was refused says so where it stands. */
  #deliver(messageId: string, send: () => Promise<void>): Promise<boolean> {
    return this.#acts.run('chat:message', messageId, send);
  }

  get #storage() {
    const { storage } = this.#options;
    return storage ?? (typeof localStorage === 'undefined' ? null : localStorage);
  }

  #handleChanges(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.type === 'item') this.#changedItems.add(change.itemId);
      if (change.type === 'order') this.#isReordered = true;
    }
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    (this.#options.draw ?? nextFrame)(() => this.#draw());
  }

  #draw(): void {
    const { conversation } = this.#options;
    this.#isDrawing = false;
    for (const itemId of this.#changedItems) this.#views.change(conversation, itemId);
    this.#changedItems.clear();
    if (this.#isReordered) this.#views.arrange(conversation);
    this.#isReordered = false;
    // It is told again, so it is there: on this socket, or to this member again.
    if (this.state !== conversation.state) this.gone = null;
    this.state = conversation.state;
    this.loaded = conversation.isLoaded;
    this.hasOlder = conversation.hasOlder;
    // The same cards are the same list: thousands of tool calls look theirs up in it.
    if (!isSameList(this.#cards, conversation.cards)) this.#cards = conversation.cards;
    this.outgoing = conversation.outgoing.map(toOutgoing);
    this.typing = conversation.writers;
  }
}

const isAboutNoItem = (request: RequestCard['request']): boolean =>
  request.kind === 'elicitation' || request.itemId === undefined;

const isSameList = <T>(left: readonly T[], right: readonly T[]): boolean =>
  left.length === right.length && left.every((entry, index) => entry === right[index]);

/** What the room has is not shown as it is yet: for a person it is on its way. */
const toOutgoing = ({
  state,
  ...message
}: OpenConversation['outgoing'][number]): ConversationControls['outgoing'][number] => ({
  ...message,
  state: state === 'failed' ? 'failed' : 'sending',
});
