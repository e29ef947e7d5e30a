import { CLOSE, dialBackoff, isTerminalClose, LIMITS, SUBPROTOCOL, slowDialBackoff } from '@muster/protocol';
import { WebSocket } from 'ws';

/** H1, ms. */
export interface LinkTiming {
  readonly pingEvery: number;
  /** Nothing heard for so long: the socket is dead, whatever TCP says. */
  readonly deadAfter: number;
}
export const LINK_TIMING: LinkTiming = { pingEvery: 20_000, deadAfter: 40_000 };
/** X4: the key is no longer good; a host that is enrolled again has another. */
export const WAIT_CODES: ReadonlySet<number> = new Set([CLOSE.revoked]);
/** For TCP, TLS and the upgrade together, ms. */
const HANDSHAKE_MS = 15_000;
const UNAUTHORIZED = 401;

export interface LinkEvents {
  opened(): void;
  text(text: string): void;
  bytes?(bytes: Uint8Array): void;
  /** The socket that was open is not any more. */
  lost(): void;
  /** The server said that this one must not come back (one of `finalCodes`). No dialing follows. */
  refused(code: number): void;
  /**
   * The server said that it must not come back as it is. It tries again as rarely as it ever does, or, if the code is
   * one of `waitAfter`, not before `retryNow`.
   */
  rejected(code: number, reason: string): void;
}

export interface Ticket {
  /** Returns the ticket to send with a dial; null: there is none. */
  read(): string | null;
  /** The answer of a dial had a new one. */
  save(ticket: string): void;
}
/** The header of a dial and of its answer. */
const TICKET_HEADER = 'muster-ticket';

export interface LinkOptions {
  readonly address: string;
  /** Read at every dial: it may have been renewed. */
  readonly token: () => string;
  /** X14: what the server gave the host to be told from strangers by; absent: nothing is brought or kept. */
  readonly ticket?: Ticket;
  /** Close codes after which it does not come back. */
  readonly finalCodes: ReadonlySet<number>;
  /** Close codes after which it waits for `retryNow`. */
  readonly waitAfter: ReadonlySet<number>;
  readonly random: () => number;
  readonly timing?: LinkTiming;
}

/** A socket to the server that comes back by itself: dialing, backoff, liveness. Order and loss are its owner's care. */
export class Link {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #timing: LinkTiming;
  #socket: WebSocket | null = null;
  #failures = 0;
  #receivedAt = 0;
  #retry: NodeJS.Timeout | undefined;
  #pinging: NodeJS.Timeout | undefined;
  #closed = false;
  /** `hurry` was said while it was dialling: what that dial brings may be old. */
  #isRetryPending = false;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#timing = options.timing ?? LINK_TIMING;
  }

  dial(): void {
    const { address, token, ticket } = this.#options;
    this.#isRetryPending = false;
    const brought = ticket?.read() ?? null;
    const socket = new WebSocket(address, SUBPROTOCOL, {
      headers: {
        authorization: `Bearer ${token()}`,
        ...(brought === null ? {} : { [TICKET_HEADER]: brought }),
      },
      perMessageDeflate: false,
      generateMask: zeroMask,
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: LIMITS.messageBytes,
      minVersion: 'TLSv1.3',
    });
    this.#socket = socket;
    let opened = false;
    socket.on('upgrade', ({ headers }) => {
      const given = headers[TICKET_HEADER];
      if (typeof given === 'string') ticket?.save(given);
    });
    socket.on('open', () => {
      opened = true;
      this.#onOpen(socket);
    });
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      this.#onClose(socket, opened, response.statusCode === UNAUTHORIZED ? CLOSE.unauthenticated : 1006);
    });
    socket.on('error', () => {});
    socket.on('close', (code, reason) => this.#onClose(socket, opened, code, String(reason)));
  }

  /** The next try is now. While one is under way: if that one is refused as it is, another follows at once. */
  retryNow(): void {
    if (this.#closed) return;
    if (this.#socket !== null) {
      this.#isRetryPending = !this.#isOpen();
      return;
    }
    clearTimeout(this.#retry);
    this.dial();
  }

  /** Lost when there is no open socket, like anything that was under way. */
  sendText(text: string): void {
    if (this.#isOpen()) this.#socket?.send(text, ignored);
  }

  /** `written` is called when the socket has taken the bytes; never after it was lost. */
  sendBytes(bytes: Uint8Array, written: () => void): void {
    const socket = this.#socket;
    if (!this.#isOpen()) return;
    socket?.send(bytes, { binary: true }, () => {
      if (socket === this.#socket && this.#isOpen()) written();
    });
  }

  /** Resolves when what was sent is out and the socket is closed, or after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#pinging);
    const socket = this.#socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.terminate(), withinMs);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.close(CLOSE.goingAway);
    });
  }

  #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #onOpen(socket: WebSocket): void {
    this.#receivedAt = performance.now();
    this.#pinging = setInterval(() => this.#keepAlive(socket), this.#timing.pingEvery);
    this.#events.opened();
  }

  #keepAlive(socket: WebSocket): void {
    if (performance.now() - this.#receivedAt >= this.#timing.deadAfter) socket.terminate();
    else socket.send('ping', ignored);
  }

  #received(data: unknown, isBinary: boolean): void {
    this.#receivedAt = performance.now();
    if (!Buffer.isBuffer(data)) return;
    const text = isBinary ? null : data.toString('utf8');
    if (text === 'pong') return;
    this.#failures = 0;
    this.#isRetryPending = false;
    if (text === null) this.#events.bytes?.(data);
    else this.#events.text(text);
  }

  #onClose(socket: WebSocket, opened: boolean, code: number, reason = ''): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    clearInterval(this.#pinging);
    if (opened) this.#events.lost();
    if (this.#closed) return;
    if (this.#options.finalCodes.has(code)) {
      this.#closed = true;
      this.#events.refused(code);
      return;
    }
    const isFinal = isTerminalClose(code);
    if (isFinal) this.#events.rejected(code, reason);
    if (this.#options.waitAfter.has(code)) {
      if (this.#isRetryPending) this.dial();
      return;
    }
    this.#failures += 1;
    const random = this.#options.random();
    const delay = isFinal ? slowDialBackoff(random) : dialBackoff(this.#failures, random);
    this.#retry = setTimeout(() => this.dial(), delay);
  }
}

/**
 * Masks are for what reads along in the clear (RFC 6455, 10.3), and there is nothing: an address is TLS or loopback
 * (address.ts). With a key of zeros, which the buffer holds already, output is sent where it lies: a quarter of a
 * keeper's time under load goes into the copy and the pass over every byte.
 */
const zeroMask = () => {};
/** A send to a socket that is going is lost with it; its owner hears `lost`. */
const ignored = () => {};
