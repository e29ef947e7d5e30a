import {
  ConversationEventSchema,
  type ConversationId,
  encodeUpdate,
  type HostAnswer,
  type KeeperMessage,
  type PermissionId,
  type StreamEvent,
  type WireError,
  wireError,
} from '@muster/protocol';
import type { AdapterProcess } from '../../acp/adapter.ts';
import type { ConversationOrder } from '../../acp/core/index.ts';
import type { Log } from '../../host/log.ts';
import type { Adapters } from './adapter-host.ts';
import { HostQueryHandler } from './host-query-handler.ts';
import { LiveConversation, type LiveDeps } from './live-conversation.ts';
import { PromptFiles } from './prompt-files.ts';
import { RoomFiles } from './room-files.ts';
import { SessionLister } from './session-lister.ts';

/** C4a: adapters of one agent that run at a time. */
export const LIVE_ADAPTERS = 4;

export interface ConversationControllerDeps
  extends Omit<
    LiveDeps,
    'emit' | 'update' | 'openRequests' | 'wantsAdapter' | 'placeFree' | 'fetchFiles' | 'sessionsListed'
  > {
  readonly log: Log;
  readonly emit: (event: StreamEvent) => void;
  readonly answer: (requestId: string, error: WireError | undefined) => void;
  readonly update: (conversationId: ConversationId, data: Uint8Array) => void;
  readonly send: (message: KeeperMessage) => void;
  /** C15: a directory of the keeper's own. */
  readonly files: string;
  /** Something became of an adapter. */
  readonly changed: () => void;
}

/** C16: handles the room's orders: each turn starts at most once, however often an order is repeated. */
export class ConversationController implements Adapters {
  readonly #deps: ConversationControllerDeps;
  readonly #liveDeps: LiveDeps;
  readonly #roomFiles: RoomFiles;
  readonly #promptFiles: PromptFiles;
  readonly #sessions: SessionLister;
  readonly #queries: HostQueryHandler;
  readonly #conversations = new Map<ConversationId, LiveConversation>();
  /** They wait for a place, first come first. */
  readonly #waiting: LiveConversation[] = [];
  /** Adapters of conversations that were closed. */
  #closing: Promise<unknown> = Promise.resolve();
  #state: 'run' | 'paused' | 'stopped' = 'stopped';

  constructor(deps: ConversationControllerDeps) {
    this.#deps = deps;
    this.#roomFiles = new RoomFiles(deps.send);
    this.#promptFiles = new PromptFiles(this.#roomFiles, deps.files);
    const answer = (queryId: string, given: HostAnswer) =>
      deps.send({ type: 'host:answer', payload: { queryId, answer: given } });
    this.#liveDeps = {
      ...deps,
      emit: (event) => this.#emit(event),
      update: (conversationId, update) => deps.update(conversationId, encodeUpdate(update)),
      openRequests: () => [...this.#conversations.values()].reduce((sum, live) => sum + live.asks, 0),
      wantsAdapter: (live) => this.#enqueue(live),
      placeFree: () => this.#placeFree(),
      fetchFiles: (...what) => this.#promptFiles.fetch(...what),
      sessionsListed: answer,
    };
    this.#sessions = new SessionLister(this.#liveDeps, () =>
      [...this.#conversations.values()].find(({ isReady }) => isReady),
    );
    const listSessions: SessionLister['list'] = (...query) => this.#sessions.list(...query);
    this.#queries = new HostQueryHandler({ ...deps, answer, listSessions });
  }

  /** When the keeper begins: nobody saw what became of the turns of the one before. */
  begin(): void {
    const { journal, emit, now } = this.#deps;
    for (const [turnId, conversationId] of journal.unfinished()) {
      emit({ type: 'turn:ended', conversationId, turnId, outcome: 'interrupted', at: now() });
      journal.finish(turnId);
    }
    // Whatever they were is ended by now (P4).
    for (const [tag] of journal.adapters()) journal.adapterEnded(tag);
  }

  get openRequests(): readonly PermissionId[] {
    return [...this.#conversations.values()].flatMap((live) => live.openRequests);
  }

  get isIdle(): boolean {
    return this.#all().every((live) => !live.isUp);
  }

  handle(order: ConversationOrder): void {
    switch (order.type) {
      case 'conversation:prompt':
        return this.#prompt(order);
      case 'conversation:cancel':
        return this.#cancel(order);
      case 'request:decide':
        return this.#decide(order);
      case 'conversation:close': {
        const live = this.#of(order.payload.conversationId);
        live.feed({ type: 'order', order });
        live.close();
        this.#conversations.delete(live.conversationId);
        this.#promptFiles.drop(live.conversationId);
        this.#closing = Promise.all([this.#closing, live.gone]);
        return;
      }
      default:
        this.#of(order.payload.conversationId).feed({ type: 'order', order });
    }
  }

  /** C15: the room's part of a file's fetch. */
  handleFile(message: Parameters<RoomFiles['handle']>[0]): void {
    this.#roomFiles.handle(message);
  }

  handleQuery(query: Parameters<HostQueryHandler['handle']>[0]): void {
    this.#queries.handle(query);
  }

  /** What was asked of the room may be lost. */
  linked(): void {
    this.#roomFiles.linked();
  }

  /** With the one that only lists sessions. */
  #all(): readonly LiveConversation[] {
    const { own } = this.#sessions;
    return [...this.#conversations.values(), ...(own === null ? [] : [own])];
  }

  #prompt(order: Extract<ConversationOrder, { type: 'conversation:prompt' }>): void {
    const { journal } = this.#deps;
    const { conversationId, turnId } = order.payload;
    // Its start, and its end, are in the stream already.
    if (journal.knows(turnId)) return;
    const live = this.#of(conversationId);
    const refused = live.turnId === null ? undefined : 'Another turn of this conversation runs.';
    if (refused !== undefined)
      return this.#refuse(conversationId, turnId, wireError('INVALID_STATE', refused));
    try {
      journal.begin(turnId, conversationId);
    } catch {
      const error = wireError('RESOURCE_EXHAUSTED', 'The disk of its host is full');
      return this.#refuse(conversationId, turnId, error);
    }
    live.feed({ type: 'order', order });
  }

  #refuse(conversationId: ConversationId, turnId: string, error: WireError): void {
    const at = this.#deps.now();
    this.#emit({ type: 'turn:ended', conversationId, turnId, outcome: 'failed', error, at });
    this.#deps.journal.finish(turnId);
  }

  /** One that the keeper was never told of is never started then. */
  #cancel(order: Extract<ConversationOrder, { type: 'conversation:cancel' }>): void {
    const { journal, now } = this.#deps;
    const { conversationId, turnId } = order.payload;
    const live = this.#of(conversationId);
    if (live.turnId === turnId) return live.feed({ type: 'order', order });
    if (journal.knows(turnId)) return;
    journal.finish(turnId);
    this.#emit({ type: 'turn:ended', conversationId, turnId, outcome: 'cancelled', at: now() });
  }

  #decide(order: Extract<ConversationOrder, { type: 'request:decide' }>): void {
    const { permissionId } = order.payload;
    const asked = [...this.#conversations.values()].find((live) => live.openRequests.includes(permissionId));
    if (asked !== undefined) return asked.feed({ type: 'order', order });
    const reason = 'The agent does not ask this any more.';
    const resolution = { state: 'withdrawn' as const, reason, at: this.#deps.now() };
    this.#emit({ type: 'request:changed', permissionId, resolution });
  }

  #of(conversationId: ConversationId): LiveConversation {
    const known = this.#conversations.get(conversationId);
    if (known !== undefined) return known;
    const live = new LiveConversation(conversationId, this.#liveDeps);
    this.#conversations.set(conversationId, live);
    return live;
  }

  /** What the room could not read would refuse its whole batch, so it is never sent. */
  #emit(event: Parameters<LiveDeps['emit']>[0]): void {
    if (event.type === 'request:done') return this.#deps.answer(event.requestId, event.error);
    const parsed = ConversationEventSchema.safeParse(event);
    if (parsed.success) this.#deps.emit(event);
    else
      this.#deps.log.error({ type: event.type, issues: parsed.error.issues }, 'an event broke the protocol');
  }

  allow(state: 'run' | 'paused' | 'stopped'): void {
    this.#state = state;
    if (state === 'stopped') for (const live of this.#all()) live.endingBecause('The agent was stopped.');
    this.#pump();
  }

  running(): readonly AdapterProcess[] {
    return this.#all().flatMap(({ adapter }) => adapter ?? []);
  }

  async allEnded(): Promise<void> {
    await Promise.all([this.#closing, ...this.#all().map((live) => live.gone)]);
  }

  #placeFree(): void {
    this.#deps.changed();
    queueMicrotask(() => this.#pump());
  }

  #enqueue(live: LiveConversation): void {
    this.#waiting.push(live);
    // The core that asks has not said all yet.
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    if (this.#state === 'paused') return;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#state === 'stopped') {
        this.#waiting.shift();
        next.refuse(wireError('INVALID_STATE', 'The agent is stopped. Start it first.'));
      } else if (this.#hasPlace()) {
        this.#waiting.shift();
        if (next.isUp) next.start();
      } else return;
    }
  }

  /** C4a: the one that was idle for longest gives way. */
  #hasPlace(): boolean {
    const waiting = new Set(this.#waiting);
    const up = this.#all().filter((live) => live.isUp && !waiting.has(live));
    if (up.length < LIVE_ADAPTERS) return true;
    const [oldest] = up
      .filter(({ idleSince }) => idleSince !== null)
      .sort((a, b) => (a.idleSince ?? 0) - (b.idleSince ?? 0));
    oldest?.feed({ type: 'rest' });
    return oldest !== undefined;
  }
}
