import {
  CLOSE,
  decodeServer,
  encodeMessage,
  INPUT_FEATURE,
  type ServerMessage,
  type ServerPayload,
  type ViewerMessage,
  type WireError,
} from '@muster/protocol';
import { closeError } from './failure.ts';
import type { Clock } from './server-time.ts';
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionOptions,
  connectionDeadline,
  DeadlineTimer,
  handleConnection,
  Inbox,
  NO_CLOSE,
  newConnection,
  offersManual,
  type TakeBytes,
  type Transport,
  VIEWER_CONNECTION,
} from './sync/index.ts';
import { WALL_CLOCK } from './timers.ts';
import type { TokenSource } from './token-source.ts';
import type { TransportSelector } from './transport-selector.ts';
import type { ConnectionState } from './types.ts';

/** `WebSocket.OPEN`, also where there is no global WebSocket. */
const OPEN = 1;
export interface LinkOptions {
  readonly url: string;
  readonly clientId: string;
  readonly tokens: TokenSource;
  readonly transports: TransportSelector;
  readonly clock: Clock;
}

export interface LinkEvents {
  changed(state: ConnectionState): void;
  /** The server let us in; everything sent now arrives on this socket or not at all. */
  opened(ack: ServerPayload<'connection:ack'>): void;
  /** The socket that `opened` is gone. */
  lost(): void;
  /** `correlationId`: the request a message answers. */
  message(message: ServerMessage, correlationId: string | undefined): void;
  readonly binary: TakeBytes;
  /** M11: the token of the socket is to be renewed in band. */
  renew(): void;
}

/** A reconnecting socket (M9, H1). It does not interpret the messages it carries. */
export class Link {
  readonly #options: LinkOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #events: LinkEvents;
  readonly #timer = new DeadlineTimer(WALL_CLOCK, () => this.#step({ type: 'tick' }));
  readonly #connection = newConnection();
  #socket: WebSocket | null = null;
  /** Of this dial. */
  #transport: Transport = 'socket';
  /** Of this socket. */
  #inbox = new Inbox();
  /** What let us in. */
  #ack: ServerPayload<'connection:ack'> | null = null;
  /** The server's last word before a close. */
  #error: WireError | null = null;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    const { byMessage, renewable } = options.tokens;
    const whenExpired = renewable ? 'when-expired' : 'never';
    this.#connectionOptions = { ...VIEWER_CONNECTION, freshToken: byMessage ? 'each-dial' : whenExpired };
    this.#step({ type: 'start' });
  }

  get state(): ConnectionState {
    return this.#describe();
  }

  #describe(): ConnectionState {
    const { phase, tries } = this.#connection;
    switch (phase.name) {
      case 'open':
        return {
          name: 'connected',
          since: phase.since,
          ...(this.#transport === 'poll' ? { polling: true } : {}),
        };
      case 'idle':
        return { name: 'connecting' };
      case 'dialling':
        if (tries === 0) return { name: 'connecting' };
        return this.#reconnecting(phase.since);
      case 'waiting':
        return this.#reconnecting(phase.retryAt);
      case 'closing':
      case 'closed':
        return { name: 'disconnected', reason: 'closed' };
      case 'refused':
        return {
          name: 'disconnected',
          reason: 'refused',
          code: phase.code,
          error: this.#error ?? closeError(phase.code),
        };
    }
  }

  #reconnecting(retryAt: number): ConnectionState {
    const { tries: attempt } = this.#connection;
    return { name: 'reconnecting', attempt, retryAt, manual: offersManual(this.#connection) };
  }

  /** False while not connected: then it is not sent and not kept. `askedAt`: I1, when a request was first sent. */
  send(message: ViewerMessage, id?: string, askedAt?: number): boolean {
    if (this.#connection.phase.name !== 'open' || this.#socket?.readyState !== OPEN) return false;
    const metadata = askedAt === undefined ? {} : { metadata: { askedAt } };
    this.#socket.send(encodeMessage(message, id === undefined ? {} : { id, ...metadata }));
    return true;
  }

  /** ms since 1970, by the server's clock; null: it is not known. */
  get serverTime(): number | null {
    return this.#options.clock.known;
  }

  /** Whether the server at the other end takes input frames, and this way carries bytes. */
  get takesInput(): boolean {
    return this.#transport === 'socket' && this.#ack?.features.includes(INPUT_FEATURE) === true;
  }

  /** As `send`. */
  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#connection.phase.name !== 'open' || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(bytes);
    return true;
  }

  /** A try at once, also after a refusal. */
  reconnect(): void {
    this.#step({ type: 'retry' });
  }

  /** The machine is online or visible again: try at once, or find out whether the socket still lives. */
  wake(): void {
    this.#step({ type: 'wake' });
  }

  /** This socket cannot go on as it is; another one can. */
  drop(): void {
    this.#step({ type: 'drop' });
  }

  close(): void {
    this.#step({ type: 'close', withinMs: 0 });
  }

  /** The server took a renewed token, and will say when it ends. */
  renewed(): void {
    this.#step({ type: 'token-renewed' });
  }

  renewalFailed(): void {
    this.#step({ type: 'renewal-failed' });
  }

  #step(event: ConnectionEvent): void {
    const { clock } = this.#options;
    const context = { serverNow: clock.now, random: Math.random, options: this.#connectionOptions };
    const effects = handleConnection(this.#connection, event, { ...context, now: WALL_CLOCK.now() });
    this.#timer.set(connectionDeadline(this.#connection));
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: ConnectionEffect): void {
    const { transports } = this.#options;
    switch (effect.type) {
      case 'get-token':
        return void this.#getToken(effect.dial);
      case 'dial':
        return this.#dial(effect.dial, effect.token);
      case 'hang-up':
        return this.#release();
      case 'ping':
        return this.#socket?.send('ping');
      case 'renew':
        return this.#events.renew();
      case 'opened':
        transports.opened(this.#transport);
        if (this.#ack !== null) this.#events.opened(this.#ack);
        return;
      case 'lost':
        this.#release();
        return this.#events.lost();
      case 'unreachable':
        return transports.failed(this.#transport);
      case 'changed':
        return this.#events.changed(this.state);
      case 'rejected':
      case 'closed':
      case 'close-socket':
        return;
    }
  }

  async #getToken(dial: number): Promise<void> {
    try {
      this.#step({ type: 'token', dial, token: await this.#options.tokens.fresh() });
    } catch {
      this.#step({ type: 'lost', dial, code: NO_CLOSE });
    }
  }

  #dial(dial: number, token: string | null): void {
    const { tokens, transports, url } = this.#options;
    this.#error = null;
    this.#transport = transports.transport;
    // A poll brings the token with each request.
    const byMessage = tokens.byMessage && this.#transport === 'socket';
    try {
      this.#attach(transports.dial(this.#transport, url), dial, byMessage ? token : null);
    } catch {
      // No socket is to be had: the same as a dial that failed.
      this.#step({ type: 'lost', dial, code: NO_CLOSE });
    }
  }

  #attach(socket: WebSocket, dial: number, token: string | null): void {
    this.#socket = socket;
    this.#inbox = new Inbox();
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (token === null) return;
      const { clientId } = this.#options;
      socket.send(JSON.stringify({ type: 'auth', payload: { token, clientId } }));
    };
    socket.onmessage = ({ data }: MessageEvent) => this.#handleMessage(dial, data);
    socket.onclose = ({ code }) =>
      this.#inbox.other(() => {
        this.#release();
        this.#step({ type: 'lost', dial, code });
      });
    // `close` tells the same; but `ws` ends the process for an error that nobody listens to.
    socket.onerror = () => undefined;
  }

  #handleMessage(dial: number, data: unknown): void {
    this.#step({ type: 'received', dial, isMessage: data !== 'pong' });
    if (data instanceof ArrayBuffer) this.#inbox.bytes(new Uint8Array(data), this.#events.binary);
    if (typeof data !== 'string' || data === 'pong') return;
    const decoded = decodeServer(data);
    // A message this client does not know is a newer server's and meant for newer clients.
    if (!decoded.ok) return;
    const { message, metadata, timestamp } = decoded.value;
    const isAck = message.type === 'connection:ack' && this.#connection.phase.name === 'dialling';
    this.#options.clock.observe(timestamp, isAck);
    if (message.type === 'connection:ack' && isAck) {
      this.#ack = message.payload;
      return this.#step({ type: 'opened', dial, tokenExpiresAt: message.payload.tokenExpiresAt });
    }
    if (message.type === 'auth:expiring')
      this.#step({ type: 'token-expiring', expiresAt: message.payload.expiresAt });
    if (message.type === 'error' && metadata?.correlationId === undefined) this.#error = message.payload;
    this.#inbox.other(() => this.#events.message(message, metadata?.correlationId));
  }

  #release(): void {
    this.#inbox.close();
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close(CLOSE.normal);
  }
}
