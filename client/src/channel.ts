import {
  type Ack,
  type ServerMessage,
  type ServerPayload,
  type ViewerMessage,
  type WireError,
  wireError,
} from '@muster/protocol';
import { ElapsedTime } from './elapsed.ts';
import { closeError, requestFailure } from './failure.ts';
import { Link, type LinkOptions } from './link.ts';
import {
  DeadlineTimer,
  handleRequests,
  noRequests,
  type Outcome,
  type RequestsEvent,
  requestsDeadline,
  type TakeBytes,
} from './sync/index.ts';
import { WALL_CLOCK } from './timers.ts';
import type { ConnectionState, RequestOptions } from './types.ts';

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
  /** When it was first sent, by the server's clock; undefined: it was not, or no server told its clock. */
  askedAt: number | undefined;
}

/** A link with requests on it (I1) whose token is renewed in time (M11). */
export class Channel {
  readonly #link: Link;
  readonly #events: ChannelEvents;
  readonly #options: LinkOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #alarm = new DeadlineTimer(WALL_CLOCK, () => this.#step({ type: 'tick' }));
  readonly #time = new ElapsedTime();
  readonly #requests = noRequests();

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
        this.#step({ type: 'offline' });
        events.lost();
      },
      message: (message, correlationId) => this.#message(message, correlationId),
      binary: (bytes, wireBytes) => events.binary(bytes, wireBytes),
      renew: () => void this.#renew(),
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
      return Promise.reject(requestFailure(error, 'unsent'));
    }
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, askedAt: undefined });
      this.#step({ type: 'request', id, message, ...options });
    });
  }

  reconnect(): void {
    this.#link.reconnect();
  }

  wake(): void {
    this.#step({ type: 'tick' });
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

  #step(event: RequestsEvent): void {
    const now = this.#time.now();
    const effects = handleRequests(this.#requests, event, { now });
    const due = requestsDeadline(this.#requests);
    this.#alarm.set(due === null ? null : Date.now() + due - now);
    for (const effect of effects) {
      if (effect.type === 'send') this.#sendRequest(effect.message, effect.id);
      else if (effect.type === 'failed') this.#fail(effect.id, effect.error, effect.outcome);
      else this.#done(effect.ack);
    }
  }

  #sendRequest(message: ViewerMessage, id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.askedAt ??= this.#link.serverTime ?? undefined;
    this.#link.send(message, id, waiting.askedAt);
  }

  #done(ack: Ack): void {
    const error = refusalOf(ack);
    if (error !== null) return this.#fail(ack.messageId, error);
    this.#take(ack.messageId)?.resolve(ack);
  }

  #fail(id: string, error: WireError, outcome?: Outcome): void {
    this.#take(id)?.reject(requestFailure(error, outcome));
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #message(message: ServerMessage, correlationId: string | undefined): void {
    if (message.type === 'ack') this.#step({ type: 'ack', ack: message.payload });
    else if (message.type === 'error') {
      // The ack of the same request reports it to the caller.
      if (correlationId === undefined) this.#events.fault(message.payload);
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
      this.#link.renewalFailed();
    }
  }
}

function refusalOf(ack: Ack): WireError | null {
  return ack.success ? null : (ack.error ?? wireError('INTERNAL_ERROR', 'the request failed'));
}
