import type { AgentState, CommandId, Cursor, TerminalColors, WireError } from '@muster/protocol';
import { DeadlineTimer } from './connection/index.ts';
import { Emitter } from './emitter.ts';
import type { Reader, Room } from './room.ts';
import {
  type CreditState,
  type CreditStep,
  creditDeadline,
  creditReceived,
  handleStream,
  NO_CREDIT,
  openStream,
  readBatches,
  type StreamInput,
  type StreamOutput,
  tickCredit,
} from './sync/index.ts';
import { WALL_CLOCK } from './timers.ts';
import type { AgentFeed, ConnectionState, FeedEvents, FeedOptions } from './types.ts';

/** One reader of one agent: the stream core and the credit core on a room's socket. */
export class Feed implements AgentFeed {
  readonly #room: Room;
  readonly #history: 'screen' | 'full';
  readonly #release: () => void;
  readonly #emitter = new Emitter<FeedEvents>();
  readonly #alarm = new DeadlineTimer(WALL_CLOCK, () =>
    this.#credited(tickCredit(this.#credit, this.cursor, Date.now())),
  );
  readonly on: AgentFeed['on'] = (event, listener) => this.#emitter.on(event, listener);
  readonly #stream: ReturnType<typeof openStream>;
  #credit: CreditState = NO_CREDIT;
  #closed = false;

  constructor(room: Room, options: FeedOptions, release: () => void) {
    this.#room = room;
    this.#history = options.history ?? 'screen';
    this.#release = release;
    this.#stream = openStream(options.after ?? null);
    // A socket that is there already would answer before the caller could listen.
    queueMicrotask(() => {
      if (!this.#closed) room.read(this.#reader);
    });
  }

  readonly #reader: Reader = {
    changed: (state) => this.#emitter.emit('connection', state),
    attach: () => this.#step({ type: 'attach' }),
    detach: () => {
      this.#credit = NO_CREDIT;
      this.#alarm.set(null);
      this.#step({ type: 'detach' });
    },
    stream: (message) => this.#step(message),
    bytes: (bytes, wireBytes) => this.#bytes(bytes, wireBytes),
    state: (state) => this.#emitter.emit('state', state),
    presence: (presence) => this.#emitter.emit('presence', presence),
    command: (status) => this.#emitter.emit('command', status),
    unconfirmed: (count) => this.#emitter.emit('unconfirmed', count),
    gone: (error) => this.gone(error),
  };

  get agentId(): string {
    return this.#room.agentId;
  }

  get connection(): ConnectionState {
    return this.#closed ? { name: 'disconnected', reason: 'closed' } : this.#room.connection;
  }

  get state(): AgentState | null {
    return this.#room.state;
  }

  get cursor(): Cursor | null {
    return this.#stream.at;
  }

  input(data: string | Uint8Array, commandId?: CommandId): boolean {
    return !this.#closed && this.#room.input({ data, answer: false, commandId });
  }

  endInput(): boolean {
    return !this.#closed && this.#room.input({ data: '', answer: false, commandId: undefined, end: true });
  }

  answer(data: string | Uint8Array, commandId?: CommandId): boolean {
    return !this.#closed && this.#room.input({ data, answer: true, commandId });
  }

  resize(cols: number, rows: number, colors?: TerminalColors): void {
    if (!this.#closed) this.#room.resize({ cols, rows }, colors);
  }

  reconnect(): void {
    if (!this.#closed) this.#room.reconnect();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#alarm.set(null);
    this.#room.unread();
    this.#release();
  }

  gone(error: WireError): void {
    this.#emitter.emit('gone', error);
  }

  #step(input: StreamInput): void {
    for (const output of handleStream(this.#stream, input)) this.#perform(output);
  }

  #perform(output: StreamOutput): void {
    // A listener may have closed the feed in the middle of a batch.
    if (this.#closed) return;
    switch (output.type) {
      case 'subscribe':
        return this.#room.subscribe(output.after, this.#history);
      case 'replaying':
        return this.#emitter.emit('replaying', output.value);
      case 'output':
        return output.command === ''
          ? this.#emitter.emit('output', output)
          : this.#emitter.emit('commandOutput', { ...output, commandId: output.command });
      case 'event':
        return this.#emitter.emit('event', output);
      case 'gap':
        return this.#emitter.emit('gap', output);
      case 'snapshot':
        return this.#emitter.emit('snapshot', output.snapshot);
    }
  }

  #bytes(bytes: Uint8Array, wireBytes: number): void {
    const headers = readBatches(bytes);
    if (!headers.ok) return this.#room.drop();
    for (const header of headers.value) this.#step({ type: 'batch', header, bytes });
    if (!this.#closed) this.#credited(creditReceived(this.#credit, wireBytes, this.cursor, Date.now()));
  }

  #credited({ state, ack }: CreditStep): void {
    this.#credit = state;
    this.#alarm.set(creditDeadline(state));
    if (ack !== null) this.#room.send({ type: 'flow:ack', payload: ack });
  }
}
