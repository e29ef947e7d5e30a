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
import { DeadlineTimer } from './deadline-timer.ts';
import { closeError } from './failure.ts';
import type { Clock } from './server-time.ts';
import {
  alive,
  DIALLING,
  Inbox,
  type LinkEvent,
  type LinkState,
  type Liveness,
  livenessDeadline,
  messageReceived,
  offersManual,
  probe,
  stepLink,
  type TakeBytes,
  type Transport,
  tickLiveness,
} from './sync/index.ts';
import type { TokenSource } from './token-source.ts';
import type { TransportSelector } from './transport-selector.ts';
import type { ConnectionState } from './types.ts';

/** From the dial to `connection:ack`, ms; the server gives a token 5 s to come. */
const HANDSHAKE_MS = 10_000;
/** `WebSocket.OPEN`, also where there is no global WebSocket. */
const OPEN = 1;
/** No close frame came: the link just went away. */
const NO_CLOSE = 1006;

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
}

/** A reconnecting socket (M9, H1). It does not interpret the messages it carries. */
export class Link {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #alarm = new DeadlineTimer(() => this.#tick());
  #link: LinkState = DIALLING;
  #socket: WebSocket | null = null;
  /** Of this dial. */
  #transport: Transport = 'socket';
  /** Of this socket. */
  #inbox = new Inbox();
  #live: Liveness = alive(0);
  #handshakeBy = 0;
  /** When the last try began: what a person is shown while it goes on. */
  #dialledAt = 0;
  /** The features that the server of this socket announced. */
  #features: readonly string[] = [];
  /** Told apart from the dials before it, whose tokens may still be on their way. */
  #dial = 0;
  /** When the token this link uses ends, by the server's clock; 0: the next dial needs a new one. */
  #tokenExpiresAt = Number.POSITIVE_INFINITY;
  /** The last dial brought a token made for it: if that is refused, so will the next be. */
  #fresh = false;
  /** The server's last word before a close. */
  #error: WireError | null = null;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    void this.#open();
  }

  get state(): ConnectionState {
    return this.#describe(this.#link);
  }

  #describe(link: LinkState): ConnectionState {
    switch (link.name) {
      case 'connected':
        return {
          name: 'connected',
          since: link.since,
          ...(this.#transport === 'poll' ? { polling: true } : {}),
        };
      case 'connecting':
        if (link.tries === 0) return { name: 'connecting' };
        return this.#reconnecting(link.tries, this.#dialledAt);
      case 'waiting':
        return this.#reconnecting(link.tries, link.retryAt);
      case 'closed':
        return { name: 'disconnected', reason: 'closed' };
      case 'refused':
        return {
          name: 'disconnected',
          reason: 'refused',
          code: link.code,
          error: this.#error ?? closeError(link.code),
        };
    }
  }

  #reconnecting(attempt: number, retryAt: number): ConnectionState {
    return { name: 'reconnecting', attempt, retryAt, manual: offersManual(this.#link) };
  }

  /** False while not connected: then it is not sent and not kept. `askedAt`: I1, when a request was first sent. */
  send(message: ViewerMessage, id?: string, askedAt?: number): boolean {
    if (this.#link.name !== 'connected' || this.#socket?.readyState !== OPEN) return false;
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
    return this.#transport === 'socket' && this.#features.includes(INPUT_FEATURE);
  }

  /** As `send`. */
  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#link.name !== 'connected' || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(bytes);
    return true;
  }

  /** A try at once, also after a refusal. */
  reconnect(): void {
    this.#step({ type: 'now' });
  }

  /** The machine is online or visible again: try at once, or find out whether the socket still lives. */
  wake(): void {
    if (this.#link.name === 'waiting') this.#step({ type: 'now' });
    else if (this.#link.name === 'connected') {
      this.#live = probe(this.#live, Date.now());
      this.#socket?.send('ping');
      this.#schedule();
    }
  }

  /** This socket cannot go on as it is; another one can. */
  drop(): void {
    this.#lost(NO_CLOSE);
  }

  close(): void {
    this.#release(CLOSE.normal);
    this.#step({ type: 'close' });
  }

  #step(event: LinkEvent): void {
    const before = this.#link;
    this.#link = stepLink(before, event, Date.now());
    if (this.#link === before) return;
    if (before.name === 'connected') this.#events.lost();
    if (this.#link.name === 'connecting') void this.#open();
    else this.#schedule();
    this.#events.changed(this.state);
  }

  async #open(): Promise<void> {
    const { tokens, transports, url, clock } = this.#options;
    this.#dial += 1;
    this.#transport = transports.transport;
    const dial = this.#dial;
    this.#error = null;
    this.#dialledAt = Date.now();
    this.#handshakeBy = this.#dialledAt + HANDSHAKE_MS;
    this.#schedule();
    const expired = this.#tokenExpiresAt <= clock.now;
    this.#fresh = tokens.byMessage || (expired && tokens.renewable);
    try {
      const token = await (this.#fresh ? tokens.fresh() : null);
      if (dial !== this.#dial || this.#link.name !== 'connecting') return;
      // A poll brings the token with each request.
      const byMessage = tokens.byMessage && this.#transport === 'socket';
      this.#attach(transports.dial(this.#transport, url), byMessage ? token : null);
    } catch {
      // No token, or no socket to be had: the same as a dial that failed.
      if (dial === this.#dial) this.#lost(NO_CLOSE);
    }
  }

  #attach(socket: WebSocket, token: string | null): void {
    this.#socket = socket;
    this.#inbox = new Inbox();
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (token === null) return;
      const { clientId } = this.#options;
      socket.send(JSON.stringify({ type: 'auth', payload: { token, clientId } }));
    };
    socket.onmessage = ({ data }: MessageEvent) => this.#handleMessage(data);
    socket.onclose = ({ code }) => this.#inbox.other(() => this.#lost(code));
    // `close` tells the same; but `ws` ends the process for an error that nobody listens to.
    socket.onerror = () => undefined;
  }

  #handleMessage(data: unknown): void {
    this.#live = messageReceived(this.#live, Date.now());
    if (data instanceof ArrayBuffer) this.#inbox.bytes(new Uint8Array(data), this.#events.binary);
    if (typeof data !== 'string' || data === 'pong') return;
    const decoded = decodeServer(data);
    // A message this client does not know is a newer server's and meant for newer clients.
    if (!decoded.ok) return;
    const { message, metadata, timestamp } = decoded.value;
    const isAck = message.type === 'connection:ack' && this.#link.name === 'connecting';
    this.#options.clock.observe(timestamp, isAck);
    if (message.type === 'connection:ack' && this.#link.name === 'connecting') {
      this.#tokenExpiresAt = message.payload.tokenExpiresAt;
      this.#features = message.payload.features;
      this.#live = alive(Date.now());
      this.#options.transports.opened(this.#transport);
      this.#step({ type: 'opened' });
      this.#events.opened(message.payload);
      return;
    }
    if (message.type === 'error' && metadata?.correlationId === undefined) this.#error = message.payload;
    this.#inbox.other(() => this.#events.message(message, metadata?.correlationId));
  }

  /** The server took a renewed token, and will say when it ends. */
  renewed(): void {
    this.#tokenExpiresAt = Number.POSITIVE_INFINITY;
  }

  #lost(code: number): void {
    this.#release(CLOSE.normal);
    if (this.#link.name === 'connecting' && code === NO_CLOSE)
      this.#options.transports.failed(this.#transport);
    const old = this.#link.name === 'connected' || !this.#fresh;
    const again = code === CLOSE.unauthenticated && old && this.#options.tokens.renewable;
    if (again) this.#tokenExpiresAt = 0;
    this.#step({ type: 'lost', code, random: Math.random(), again });
  }

  #release(code: number): void {
    this.#dial += 1;
    this.#inbox.close();
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close(code);
  }

  #schedule(): void {
    const link = this.#link;
    if (link.name === 'waiting') this.#alarm.set(link.retryAt);
    else if (link.name === 'connecting') this.#alarm.set(this.#handshakeBy);
    else this.#alarm.set(link.name === 'connected' ? livenessDeadline(this.#live) : null);
  }

  #tick(): void {
    const now = Date.now();
    if (this.#link.name === 'waiting') this.#step({ type: 'due' });
    else if (this.#link.name === 'connecting' && now >= this.#handshakeBy) this.#lost(NO_CLOSE);
    else if (this.#link.name === 'connected') {
      const { state, act } = tickLiveness(this.#live, now);
      this.#live = state;
      if (act === 'dead') this.#lost(NO_CLOSE);
      else if (act === 'ping') this.#socket?.send('ping');
    }
    this.#schedule();
  }
}
