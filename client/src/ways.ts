import { CLOSE, SUBPROTOCOL } from '@muster/protocol';
import { Alarm } from './alarm.ts';
import { PollSocket } from './poll-socket.ts';
import { doubts, SOCKETS, stepWays, type Way, type WayEvent, type WaysState, wayOf } from './sync/index.ts';
import type { Tokens } from './tokens.ts';
import { Turns } from './turns.ts';

/** How often a client that polls tries whether sockets can be had again, ms. */
export const SOCKET_AGAIN_MS = 30_000;
/** How long such a try may take, ms. */
const TRY_MS = 10_000;

export interface WaysOptions {
  /** The address of the lobby's socket: it is tried in the background. */
  readonly url: string;
  readonly tokens: Tokens;
  readonly webSocket: (url: string, protocols: string[]) => WebSocket;
}

/** M10: sockets where they can be had, long polls where not, for all links of a client. */
export class Ways {
  readonly #options: WaysOptions;
  readonly #turns = new Turns();
  readonly #polled = new Set<PollSocket>();
  readonly #alarm = new Alarm(() => this.#due());
  #state: WaysState = SOCKETS;
  #asking = false;
  /** A socket that is only tried. */
  #tried: WebSocket | null = null;

  constructor(options: WaysOptions) {
    this.#options = options;
  }

  get way(): Way {
    return wayOf(this.#state);
  }

  /** @throws where there is no WebSocket */
  dial(way: Way, url: string): WebSocket {
    if (way === 'socket') return this.#options.webSocket(url, [SUBPROTOCOL]);
    const socket = new PollSocket({
      url,
      bearer: () => this.#options.tokens.last,
      turns: this.#turns,
      ended: (ended) => {
        if (this.#polled.delete(ended)) this.#turns.leave();
      },
    });
    this.#polled.add(socket);
    this.#turns.join();
    // A link touches nothing of a socket but what this one has.
    return socket as unknown as WebSocket;
  }

  opened(way: Way): void {
    this.#step({ type: 'opened', way });
  }

  /** A dial came to nothing, without a word from the server. */
  failed(way: Way): void {
    this.#step({ type: 'failed', way });
    if (doubts(this.#state)) void this.#askServer();
  }

  close(): void {
    this.#step({ type: 'found' });
  }

  #step(event: WayEvent): void {
    const before = this.#state.polling;
    this.#state = stepWays(this.#state, event);
    const { polling } = this.#state;
    if (polling === before) return;
    this.#giveUp();
    this.#alarm.set(polling === 'yes' ? Date.now() + SOCKET_AGAIN_MS : null);
  }

  async #askServer(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const address = new URL('/api/health', this.#options.url);
    address.protocol = address.protocol === 'wss:' ? 'https:' : 'http:';
    const answered = await fetch(address, { cache: 'no-store' }).catch(() => null);
    this.#asking = false;
    if (answered !== null) this.#step({ type: 'answers' });
  }

  #due(): void {
    if (this.#tried === null) return this.#try();
    this.#giveUp();
    this.#alarm.set(Date.now() + SOCKET_AGAIN_MS);
  }

  /** What counts is that words come through: some proxies let sockets open and pass nothing. */
  #try(): void {
    this.#alarm.set(Date.now() + TRY_MS);
    try {
      const socket = this.#options.webSocket(this.#options.url, [SUBPROTOCOL]);
      this.#tried = socket;
      socket.onopen = () => socket.send('ping');
      socket.onmessage = () => this.#found();
      socket.onerror = () => undefined;
    } catch {
      // None can be made: as one that does not open.
    }
  }

  #found(): void {
    this.#step({ type: 'found' });
    for (const socket of [...this.#polled]) socket.retire();
  }

  #giveUp(): void {
    const socket = this.#tried;
    this.#tried = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.close(CLOSE.normal);
  }
}
