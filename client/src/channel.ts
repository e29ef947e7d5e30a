import {
  type Ack,
  type ServerMessage,
  type ServerPayload,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { Alarm } from './alarm.ts';
import { closeError, requestFailure } from './failure.ts';
import { Link, type LinkOptions } from './socket.ts';
import {
  NO_REQUESTS,
  type RequestsInput,
  type RequestsState,
  requestsDeadline,
  stepRequests,
  type TakeBytes,
} from './sync/index.ts';
import type { ConnectionState, RequestOptions } from './types.ts';

/** A token that could not be renewed is asked for again after this, ms. */
const RENEW_AGAIN_MS = 5_000;
/** An expired connection may renew for so long, ms (protocol.md, Getting in). */
const EXPIRY_GRACE_MS = 60_000;

export interface ChannelEvents {
  changed(state: ConnectionState): void;
  opened(ack: ServerPayload<'connection:ack'>): void;
  lost(): void;
  message(message: ServerMessage): void;
  readonly binary: TakeBytes;
  /** An error that answers no request. */
  fault(error: WireError): void;
}

interface Waiting {
  resolve(ack: Ack): void;
  reject(error: Error): void;
}

/** A link with requests on it (I1) whose token is renewed in time (M11). */
export class Channel {
  readonly #link: Link;
  readonly #events: ChannelEvents;
  readonly #options: LinkOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #alarm = new Alarm(() => this.#step({ type: 'tick' }));
  readonly #renewal = new Alarm(() => void this.#renew());
  #requests: RequestsState = NO_REQUESTS;
  /** By the server's clock. */
  #expiresAt = 0;

  constructor(options: LinkOptions, events: ChannelEvents) {
    this.#events = events;
    this.#options = options;
    this.#link = new Link(options, {
      changed: (state) => this.#changed(state),
      opened: (ack) => {
        this.#step({ type: 'online' });
        events.opened(ack);
      },
      lost: () => {
        this.#renewal.set(null);
        this.#step({ type: 'offline' });
        events.lost();
      },
      message: (message, correlationId) => this.#message(message, correlationId),
      binary: (bytes, wireBytes) => events.binary(bytes, wireBytes),
    });
  }

  get state(): ConnectionState {
    return this.#link.state;
  }

  /** Whether something still waits for its answer here. */
  get busy(): boolean {
    return this.#requests.pending.length > 0;
  }

  send(message: ViewerMessage, id?: string): boolean {
    return this.#link.send(message, id);
  }

  get takesInput(): boolean {
    return this.#link.takesInput;
  }

  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    return this.#link.sendBytes(bytes);
  }

  /** Resolves with the successful ack; rejects with a RequestFailure. */
  ask(message: ViewerMessage, options: RequestOptions = {}): Promise<Ack> {
    const { state } = this.#link;
    if (state.name === 'disconnected') {
      const error = state.error ?? wireError('SERVICE_UNAVAILABLE', 'the connection is closed');
      return Promise.reject(requestFailure(error));
    }
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#step({ type: 'request', id, message, ...options });
    });
  }

  reconnect(): void {
    this.#link.reconnect();
  }

  wake(): void {
    this.#link.wake();
  }

  drop(): void {
    this.#link.drop();
  }

  close(): void {
    this.#link.close();
  }

  #changed(state: ConnectionState): void {
    if (state.name === 'disconnected') {
      const closed = wireError('SERVICE_UNAVAILABLE', 'the connection was closed');
      const error = state.reason === 'refused' ? (state.error ?? closeError(state.code ?? 0)) : closed;
      this.#step({ type: 'abandon', error });
    }
    this.#events.changed(state);
  }

  #step(input: RequestsInput): void {
    const { state, outputs } = stepRequests(this.#requests, input, Date.now());
    this.#requests = state;
    this.#alarm.set(requestsDeadline(state));
    for (const output of outputs) {
      if (output.type === 'send') this.#link.send(output.message, output.id);
      else if (output.type === 'failed') this.#settle(output.id, output.error);
      else this.#settle(output.ack.messageId, refusalOf(output.ack), output.ack);
    }
  }

  #settle(id: string, error: WireError | null, ack?: Ack): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting === undefined) return;
    if (error === null && ack !== undefined) waiting.resolve(ack);
    else waiting.reject(requestFailure(error ?? wireError('INTERNAL_ERROR', 'the request failed')));
  }

  #message(message: ServerMessage, correlationId: string | undefined): void {
    if (message.type === 'ack') this.#step({ type: 'ack', ack: message.payload });
    else if (message.type === 'error') {
      // The ack of the same request tells whoever asked.
      if (correlationId === undefined) this.#events.fault(message.payload);
    } else if (message.type === 'auth:expiring') {
      this.#expiresAt = message.payload.expiresAt;
      if (this.#options.tokens.renewable) void this.#renew();
    }
    this.#events.message(message);
  }

  /** M11: in-band, so that no socket is dropped for a token that ended. */
  async #renew(): Promise<void> {
    try {
      const token = await this.#options.tokens.fresh();
      await this.ask({ type: 'auth:refresh', payload: { token } });
      this.#link.renewed();
    } catch {
      const inTime = this.#options.clock.now + RENEW_AGAIN_MS < this.#expiresAt + EXPIRY_GRACE_MS;
      if (inTime && this.#link.state.name === 'connected') this.#renewal.set(Date.now() + RENEW_AGAIN_MS);
    }
  }
}

function refusalOf(ack: Ack): WireError | null {
  return ack.success ? null : (ack.error ?? wireError('INTERNAL_ERROR', 'the request failed'));
}
