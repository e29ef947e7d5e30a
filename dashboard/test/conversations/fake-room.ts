import type { AgentFeed, ConnectionState, FeedEvents, MusterClient, UnreadInbox } from '@muster/client';
import {
  type Ack,
  AgentIdSchema,
  ConversationIdSchema,
  type ConversationState,
  ConversationStateSchema,
  EpochSchema,
  encodeUpdate,
  type Item,
  ItemSchema,
  STREAM,
  type ViewerType,
  wireError,
} from '@muster/protocol';
import { Emitter } from '../fake/emitter.ts';

export const agentId = AgentIdSchema.parse('claude');
export const conversationId = ConversationIdSchema.parse('claude.one');
export const DIGEST = 'ab'.repeat(32);
const EPOCH = EpochSchema.parse('00000000000000ff');

export const textItem = (itemId: string, text: string): Item =>
  ItemSchema.parse({ itemId, at: 0, kind: 'agent', text });

export const stateOf = (over: object = {}): ConversationState =>
  ConversationStateSchema.parse({
    ...{ conversationId, agentId, title: null, status: 'idle', createdAt: 0, activeAt: 0, queued: 0 },
    ...{ createdBy: '00000000-0000-4000-8000-000000000001', requests: 0, revision: 1, asOf: null },
    ...{ itemRevision: 0, oldest: 0, next: 0, facts: {}, turn: null, queue: [], pending: [], members: [] },
    ...over,
  });

interface Told {
  readonly type: ViewerType;
  readonly payload: object;
}

/** A client with one room, driven by hand: what was asked of it, and what it tells. */
export class FakeRoom {
  readonly asked: Told[] = [];
  state = stateOf();
  rows: readonly Item[] = [];
  /** The next request is refused with this. */
  refuses: (Error & { readonly outcome?: string }) | null = null;
  readonly #feed = new Emitter<FeedEvents>();
  readonly #client = new Emitter<{ inbox: UnreadInbox }>();
  readonly #inbox = new Map<string, unknown>();
  #sequence = 0;
  #revision = 0;

  readonly client: Pick<MusterClient, 'open' | 'request' | 'on' | 'inbox'> = {
    inbox: this.#inbox,
    on: (event, listener) =>
      event === 'inbox'
        ? this.#client.on('inbox', (value) => Reflect.apply(listener, null, [value]))
        : () => undefined,
    request: (type, payload) => this.#request(type, payload),
    open: () => this.#open(),
  };

  of(type: ViewerType): object[] {
    return this.asked.filter((told) => told.type === type).map(({ payload }) => payload);
  }

  tellState(over: object): void {
    this.state = stateOf({ ...this.state, revision: this.state.revision + 1, ...over });
    this.#tellState();
  }

  #tellState(): void {
    const { state } = this;
    const payload = { conversationId, agentId, revision: state.revision, state };
    this.#feed.emit('conversation', { type: 'conversation:state', payload });
  }

  tellList(...titles: readonly string[]): void {
    this.#revision += 1;
    const conversations = titles.map((title) => stateOf({ title }));
    const payload = { agentId, revision: this.#revision, conversations };
    this.#feed.emit('conversation', { type: 'conversation:list', payload });
  }

  tellGone(): void {
    this.#feed.emit('gone', wireError('AGENT_NOT_FOUND', 'it was deleted'));
  }

  tellRow(index: number, item: Item): void {
    this.#revision += 1;
    const asOf = { epoch: EPOCH, sequence: this.#sequence };
    const payload = { conversationId, agentId, index, revision: this.#revision, asOf, item };
    this.#feed.emit('conversation', { type: 'conversation:item', payload });
  }

  /** Frames of the stream: a new item, or text at an offset. */
  say(itemId: string, offset: number | null, text: string): void {
    this.#sequence += 1;
    const update =
      offset === null
        ? ({ type: 'item', item: textItem(itemId, text) } as const)
        : ({ type: 'text', itemId, offset, text } as const);
    const sequence = this.#sequence;
    const data = encodeUpdate(update);
    const frame = { sequence, commandSequence: sequence, stream: STREAM.update, data, time: 0 };
    this.#feed.emit('conversationUpdates', { conversationId, epoch: EPOCH, frames: [frame] });
  }

  tellInbox(...heads: readonly { readonly permissionId: string }[]): void {
    this.#inbox.clear();
    for (const head of heads) this.#inbox.set(head.permissionId, head);
    this.#client.emit('inbox', this.#inbox);
  }

  async #request(type: ViewerType, payload: object): Promise<Ack> {
    this.asked.push({ type, payload });
    await Promise.resolve();
    const { refuses } = this;
    this.refuses = null;
    if (refuses !== null) throw refuses;
    if (type === 'conversation:join') {
      this.#tellState();
      for (const [index, item] of this.rows.entries()) this.tellRow(this.state.next + index, item);
    }
    const result = type === 'conversation:create' ? { conversationId } : { oldest: 0 };
    return { messageId: '1', success: true, result };
  }

  #open(): AgentFeed {
    const connection: ConnectionState = { name: 'connected', since: 0 };
    const nothing = () => undefined;
    const no = () => false;
    return {
      ...{ agentId, connection, state: null, cursor: null, on: this.#feed.on },
      ...{ input: no, endInput: no, answer: no, resize: nothing, follow: nothing },
      ...{ reconnect: nothing, close: nothing },
      request: (type, payload) => this.#request(type, payload),
    };
  }
}

/** What a test draws, and when. */
export class Frames {
  #next: (() => void)[] = [];
  count = 0;
  readonly draw = (draw: () => void): void => {
    this.#next.push(draw);
  };

  /** All that waits for the next frame. */
  pass(): void {
    const waiting = this.#next;
    this.#next = [];
    if (waiting.length > 0) this.count += 1;
    for (const draw of waiting) draw();
  }
}

/** Storage of a browser. */
export class FakeStorage {
  readonly kept = new Map<string, string>();
  readonly getItem = (key: string): string | null => this.kept.get(key) ?? null;
  readonly setItem = (key: string, value: string): void => void this.kept.set(key, value);
  readonly removeItem = (key: string): void => void this.kept.delete(key);
}

export const refusal = (code: string, outcome: string): Error & { outcome: string } =>
  Object.assign(new Error(code), { wire: { code, message: code }, outcome });
