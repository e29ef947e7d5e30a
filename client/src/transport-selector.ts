import { CLOSE, SUBPROTOCOL } from '@muster/protocol';
import { DeadlineTimer } from './connection/index.ts';
import { PollLimiter } from './poll-limiter.ts';
import { PollSocket } from './poll-socket.ts';
import {
  SOCKETS,
  shouldProbeServer,
  stepTransport,
  type Transport,
  type TransportEvent,
  type TransportState,
  transportOf,
} from './sync/index.ts';
import { WALL_CLOCK } from './timers.ts';
import type { TokenSource } from './token-source.ts';

/** How often a client that polls tries whether sockets can be had again, ms. */
export const SOCKET_PROBE_INTERVAL_MS = 30_000;
/** How long such a try may take, ms. */
const PROBE_TIMEOUT_MS = 10_000;

export interface TransportSelectorOptions {
  /** The address of the lobby's socket: it is tried in the background. */
  readonly url: string;
  readonly tokens: TokenSource;
  readonly webSocket: (url: string, protocols: string[]) => WebSocket;
}

/** M10: sockets where they can be had, long polls where not, for all links of a client. */
export class TransportSelector {
  readonly #options: TransportSelectorOptions;
  readonly #limiter = new PollLimiter();
  readonly #polled = new Set<PollSocket>();
  readonly #alarm = new DeadlineTimer(WALL_CLOCK, () => this.#onAlarm());
  #state: TransportState = SOCKETS;
  #isProbingServer = false;
  /** A socket that is only tried. */
  #probe: WebSocket | null = null;

  constructor(options: TransportSelectorOptions) {
    this.#options = options;
  }

  get transport(): Transport {
    return transportOf(this.#state);
  }

  /** @throws where there is no WebSocket */
  dial(transport: Transport, url: string): WebSocket {
    if (transport === 'socket') return this.#options.webSocket(url, [SUBPROTOCOL]);
    const socket = new PollSocket({
      url,
      bearer: () => this.#options.tokens.last,
      limiter: this.#limiter,
      ended: (ended) => {
        if (this.#polled.delete(ended)) this.#limiter.remove();
      },
    });
    this.#polled.add(socket);
    this.#limiter.add();
    // A link touches nothing of a socket but what this one has.
    return socket as unknown as WebSocket;
  }

  opened(transport: Transport): void {
    this.#step({ type: 'opened', transport });
  }

  /** A dial came to nothing, without a word from the server. */
  failed(transport: Transport): void {
    this.#step({ type: 'failed', transport });
    if (shouldProbeServer(this.#state)) void this.#probeServer();
  }

  close(): void {
    this.#step({ type: 'found' });
  }

  #step(event: TransportEvent): void {
    const before = this.#state.polling;
    this.#state = stepTransport(this.#state, event);
    const { polling } = this.#state;
    if (polling === before) return;
    this.#dropProbe();
    this.#alarm.set(polling === 'yes' ? Date.now() + SOCKET_PROBE_INTERVAL_MS : null);
  }

  async #probeServer(): Promise<void> {
    if (this.#isProbingServer) return;
    this.#isProbingServer = true;
    const address = new URL('/api/health', this.#options.url);
    address.protocol = address.protocol === 'wss:' ? 'https:' : 'http:';
    const answered = await fetch(address, { cache: 'no-store' }).catch(() => null);
    this.#isProbingServer = false;
    if (answered !== null) this.#step({ type: 'answers' });
  }

  #onAlarm(): void {
    if (this.#probe === null) return this.#probeSocket();
    this.#dropProbe();
    this.#alarm.set(Date.now() + SOCKET_PROBE_INTERVAL_MS);
  }

  /** Messages must come through: some proxies let sockets open and pass nothing. */
  #probeSocket(): void {
    this.#alarm.set(Date.now() + PROBE_TIMEOUT_MS);
    try {
      const socket = this.#options.webSocket(this.#options.url, [SUBPROTOCOL]);
      this.#probe = socket;
      socket.onopen = () => socket.send('ping');
      socket.onmessage = () => this.#returnToSockets();
      socket.onerror = () => undefined;
    } catch {
      // None can be made: as one that does not open.
    }
  }

  #returnToSockets(): void {
    this.#step({ type: 'found' });
    for (const socket of [...this.#polled]) socket.retire();
  }

  #dropProbe(): void {
    const socket = this.#probe;
    this.#probe = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.close(CLOSE.normal);
  }
}
