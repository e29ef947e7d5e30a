import {
  type Ack,
  type AgentId,
  type AgentState,
  type ClientId,
  ClientIdSchema,
  type Cursor,
  encodeInput,
  LIMITS,
  type ServerMessage,
  type TerminalColors,
  type TerminalSize,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { Channel } from './channel.ts';
import { InputPacer, type ProgramInput } from './input-pacer.ts';
import type { LinkOptions } from './link.ts';
import {
  applyCommands,
  applyKeyboard,
  applyStatus,
  bytePieces,
  confirmInput,
  type InputState,
  inputPieces,
  inputsFrom,
  isDrivenByAnother,
  isStreamMessage,
  newerState,
  numberInput,
  type StreamMessage,
  type TakeBytes,
  textPieces,
  unconfirmed,
} from './sync/index.ts';
import type { CommandUpdate, ConnectionState, Presence, RequestOptions } from './types.ts';

/** A subscription that is not answered in this time is made anew on another socket, ms. */
const SUBSCRIBE_TIMEOUT_MS = 15_000;

/** The one reader of a room's stream. */
export interface Reader {
  changed(state: ConnectionState): void;
  /** Subscribe now; what came on the socket before does not count. */
  attach(): void;
  detach(): void;
  stream(message: StreamMessage): void;
  readonly bytes: TakeBytes;
  state(state: AgentState): void;
  presence(presence: Presence): void;
  command(status: CommandUpdate): void;
  unconfirmed(count: number): void;
  gone(error: WireError): void;
}

/** One socket to one agent's room: requests of anyone, the stream of at most one reader. */
export class Room {
  readonly agentId: AgentId;
  readonly #channel: Channel;
  readonly #clientId: ClientId;
  readonly #inputPacer = new InputPacer((keys) => this.#sendInput(keys));
  readonly #onFault: (error: WireError, agentId: AgentId) => void;
  #reader: Reader | null = null;
  #state: AgentState | null = null;
  #inputs: InputState = inputsFrom(Date.now());
  #subscription: string | null = null;
  /** The size last asked for, until the room has taken it. */
  #size: {
    readonly id: string | null;
    readonly size: TerminalSize & { readonly colors?: TerminalColors };
  } | null = null;

  constructor(agentId: AgentId, options: LinkOptions, fault: (error: WireError, agentId: AgentId) => void) {
    this.agentId = agentId;
    this.#clientId = ClientIdSchema.parse(options.clientId);
    this.#onFault = fault;
    this.#channel = new Channel(options, {
      changed: (state) => this.#changed(state),
      opened: () => this.#opened(),
      lost: () => this.#lost(),
      message: (message) => this.#message(message),
      binary: (bytes, wireBytes) => this.#reader?.bytes(bytes, wireBytes),
      fault: (error) => this.#onFault(error, agentId),
    });
  }

  get connection(): ConnectionState {
    return this.#channel.state;
  }

  get state(): AgentState | null {
    return this.#state;
  }

  /** False when it was closed or refused: another socket is needed. */
  get usable(): boolean {
    return this.#channel.state.name !== 'disconnected';
  }

  /** Gives the stream to `reader`, which attaches at once where there is a socket. */
  read(reader: Reader): void {
    this.#reader = reader;
    if (this.#channel.state.name === 'connected') reader.attach();
  }

  unread(): void {
    this.#reader = null;
    const subscriptionId = this.#subscription;
    this.#subscription = null;
    if (subscriptionId !== null) this.#channel.send({ type: 'unsubscribe', payload: { subscriptionId } });
  }

  subscribe(after: Cursor | null, history: 'screen' | 'full'): void {
    const { agentId } = this;
    const payload = { agentId, history, ...(after === null ? {} : { after }) };
    const options = { timeout: SUBSCRIBE_TIMEOUT_MS, retries: 0 };
    const reader = this.#reader;
    this.#channel.ask({ type: 'subscribe:agent', payload }, options).then(
      ({ result }) => {
        const subscriptionId = result?.['subscriptionId'];
        if (typeof subscriptionId !== 'string') return;
        if (this.#reader === reader) this.#subscription = subscriptionId;
        // A reader that came since has replaced the subscription by its own.
        else if (this.#reader === null)
          this.#channel.send({ type: 'unsubscribe', payload: { subscriptionId } });
      },
      () => {
        // Refused, or lost on the way: the next socket asks again from the cursor.
        if (this.#reader === reader && this.#channel.state.name === 'connected') this.#channel.drop();
      },
    );
  }

  ask(message: ViewerMessage, options?: RequestOptions): Promise<Ack> {
    return this.#channel.ask(message, options);
  }

  /** Without an id: nobody waits for an answer. */
  send(message: ViewerMessage): boolean {
    return this.#channel.send(message);
  }

  /** I2: sent once, in order, or not at all. */
  input(keys: ProgramInput): boolean {
    if (this.#channel.state.name !== 'connected') return false;
    if (keys.commandId === undefined && isDrivenByAnother(this.#state, this.#clientId)) return false;
    this.#inputPacer.push(keys);
    return true;
  }

  resize(size: TerminalSize, colors?: TerminalColors): void {
    if (isDrivenByAnother(this.#state, this.#clientId)) return;
    const fit = (cells: number) => Math.min(Math.max(1, Math.floor(cells)), LIMITS.terminalCells);
    const cells = { cols: fit(size.cols), rows: fit(size.rows) };
    this.#size = { id: null, size: { ...cells, ...(colors === undefined ? {} : { colors }) } };
    this.#sendSize();
  }

  reconnect(): void {
    this.#channel.reconnect();
  }

  wake(): void {
    this.#channel.wake();
  }

  /** The bytes of this socket cannot be read: another one may bring them whole. */
  drop(): void {
    this.#channel.drop();
  }

  close(): void {
    this.#inputPacer.drop();
    this.#channel.close();
  }

  #sendInput(keys: ProgramInput): void {
    if (keys.end === true) this.#sendEnd();
    else if (this.#channel.takesInput) this.#sendFrames(keys);
    else this.#sendText(keys);
    this.#reader?.unconfirmed(unconfirmed(this.#inputs));
  }

  #sendFrames({ data, answer, commandId }: ProgramInput): void {
    for (const piece of inputPieces(data)) {
      const numbered = { clientId: this.#clientId, inputSequence: this.#numberInput() };
      this.#channel.sendBytes(encodeInput({ ...numbered, answer, commandId, data: piece }));
    }
  }

  /** Where nothing but text is carried (G5), or understood. */
  #sendText({ data, answer, commandId }: ProgramInput): void {
    const encoding = typeof data === 'string' ? 'utf8' : 'base64';
    for (const piece of typeof data === 'string' ? textPieces(data) : bytePieces(data)) {
      const numbered = { clientId: this.#clientId, inputSequence: this.#numberInput() };
      const own = { ...(answer ? { answer } : {}), ...(commandId === undefined ? {} : { commandId }) };
      const payload = { agentId: this.agentId, data: piece, encoding, ...own, ...numbered } as const;
      this.#channel.send({ type: 'agent:input', payload });
    }
  }

  #sendEnd(): void {
    const numbered = { clientId: this.#clientId, inputSequence: this.#numberInput() };
    this.#channel.send({ type: 'agent:input', payload: { agentId: this.agentId, end: true, ...numbered } });
  }

  #numberInput(): number {
    const { state, sequence } = numberInput(this.#inputs);
    this.#inputs = state;
    return sequence;
  }

  /** Each time as a request of its own: an answer that was lost is never asked for again (I1). */
  #sendSize(): void {
    if (this.#size === null) return;
    const { size } = this.#size;
    const id = crypto.randomUUID();
    this.#size = { id, size };
    this.#channel.send({ type: 'agent:resize', payload: { agentId: this.agentId, ...size } }, id);
  }

  #changed(state: ConnectionState): void {
    this.#reader?.changed(state);
    if (state.name === 'disconnected' && state.error?.code === 'AGENT_NOT_FOUND')
      this.#reader?.gone(state.error);
  }

  #opened(): void {
    this.#sendSize();
    this.#reader?.attach();
  }

  #lost(): void {
    this.#subscription = null;
    // A number of its own, so that it shows as unconfirmed.
    if (this.#inputPacer.drop()) this.#numberInput();
    this.#reader?.detach();
  }

  #message(message: ServerMessage): void {
    if (isStreamMessage(message)) this.#reader?.stream(message);
    else if (message.type === 'agent:state') this.#hold(newerState(this.#state, message.payload));
    else if (message.type === 'agent:status') this.#hold(applyStatus(this.#state, message.payload));
    else if (message.type === 'driver:changed') this.#hold(applyKeyboard(this.#state, message.payload));
    else if (message.type === 'command:queue') this.#hold(applyCommands(this.#state, message.payload));
    else if (message.type === 'command:status') this.#reader?.command(message.payload);
    else if (message.type === 'presence:update') this.#reader?.presence(message.payload);
    else if (message.type === 'input:ack')
      this.#confirm(message.payload.clientId, message.payload.inputSequence);
    else if (message.type === 'ack' && message.payload.messageId === this.#size?.id) this.#size = null;
    else if (message.type === 'agent:error') {
      const { code, message: text } = message.payload.error;
      this.#onFault(wireError(code, text), this.agentId);
    }
  }

  #hold(state: AgentState | null): void {
    if (state === null || state === this.#state) return;
    this.#state = state;
    this.#reader?.state(state);
  }

  #confirm(clientId: string, sequence: number): void {
    if (clientId !== this.#clientId) return;
    this.#inputs = confirmInput(this.#inputs, sequence);
    this.#reader?.unconfirmed(unconfirmed(this.#inputs));
  }
}
