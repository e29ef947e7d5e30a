import type {
  Ack,
  AgentState,
  CommandId,
  Cursor,
  TerminalColors,
  ViewerPayload,
  ViewerType,
} from '@muster/protocol';
import { Emitter } from './emitter.ts';
import {
  acceptsInput,
  type FeedId,
  type ProgramInput,
  type Reader,
  type Room,
  type Team,
  type TeamEvent,
} from './team/index.ts';
import type { AgentFeed, ConnectionState, FeedEvents } from './types.ts';

export interface FeedOptions {
  readonly id: FeedId;
  readonly team: Team;
  readonly room: Room;
  readonly reader: Reader;
  readonly dispatch: (event: TeamEvent) => void;
  readonly closed: () => void;
  readonly request: <T extends ViewerType>(type: T, payload: ViewerPayload<T>) => Promise<Ack>;
}

/** One reader of one agent, as its owner sees it. */
export class Feed implements AgentFeed {
  readonly #options: FeedOptions;
  readonly #emitter = new Emitter<FeedEvents>();
  readonly on: AgentFeed['on'] = (event, listener) => this.#emitter.on(event, listener);
  #isClosed = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    // A socket that is there already would answer before the caller could listen.
    queueMicrotask(() => options.dispatch({ type: 'listen', feed: options.id }));
  }

  get agentId(): string {
    return this.#options.room.agentId;
  }

  get connection(): ConnectionState {
    return this.#isClosed ? { name: 'disconnected', reason: 'closed' } : this.#options.room.channel.shown;
  }

  get state(): AgentState | null {
    return this.#options.room.state;
  }

  get cursor(): Cursor | null {
    return this.#options.reader.stream.at;
  }

  input(data: string | Uint8Array, commandId?: CommandId): boolean {
    return this.#input({ data, answer: false, commandId });
  }

  endInput(): boolean {
    return this.#input({ data: '', answer: false, commandId: undefined, end: true });
  }

  answer(data: string | Uint8Array, commandId?: CommandId): boolean {
    return this.#input({ data, answer: true, commandId });
  }

  resize(cols: number, rows: number, colors?: TerminalColors): void {
    const size = { cols, rows, ...(colors === undefined ? {} : { colors }) };
    this.#dispatch({ type: 'resize', feed: this.#options.id, size });
  }

  request<T extends ViewerType>(type: T, payload: ViewerPayload<T>): Promise<Ack> {
    return this.#options.request(type, payload);
  }

  follow(after: Cursor | null): void {
    this.#dispatch({ type: 'follow', feed: this.#options.id, after });
  }

  reconnect(): void {
    this.#dispatch({ type: 'retry-feed', feed: this.#options.id });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#dispatch({ type: 'close-feed', feed: this.#options.id });
    this.#isClosed = true;
    this.#options.closed();
  }

  /** A listener may have closed it in the middle of a batch: nothing comes after that. */
  emit<K extends keyof FeedEvents>(event: K, value: FeedEvents[K]): void {
    if (!this.#isClosed) this.#emitter.emit(event, value);
  }

  #input(input: ProgramInput): boolean {
    const { id, team, room } = this.#options;
    const isAccepted = !this.#isClosed && acceptsInput(team, room, input);
    if (isAccepted) this.#dispatch({ type: 'input', feed: id, input });
    return isAccepted;
  }

  #dispatch(event: TeamEvent): void {
    if (!this.#isClosed) this.#options.dispatch(event);
  }
}
