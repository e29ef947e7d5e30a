import {
  type CloseAction,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionOptions,
  connectionDeadline,
  DEAD_AFTER_MS,
  DeadlineTimer,
  handleConnection,
  NO_CLOSE,
  newConnection,
  PING_EVERY_MS,
} from '@muster/client/connection';
import { CLOSE, isTerminalClose, LIMITS, SUBPROTOCOL } from '@muster/protocol';
import { WebSocket } from 'ws';

/** H1, ms. */
export interface LinkTiming {
  readonly pingEvery: number;
  /** Nothing heard for so long: the socket is dead, whatever TCP says. */
  readonly deadAfter: number;
}
const LINK_TIMING: LinkTiming = { pingEvery: PING_EVERY_MS, deadAfter: DEAD_AFTER_MS };
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

/** Stands still while the machine sleeps, as its timers do. */
const CLOCK = {
  now: () => performance.now(),
  start: (run: () => void, delayMs: number) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A socket to the server that comes back by itself: the shell of a connection. Order and loss are its owner's care. */
export class Link {
  readonly #options: LinkOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #events: LinkEvents;
  readonly #connection = newConnection();
  readonly #timer = new DeadlineTimer(CLOCK, () => this.#dispatch({ type: 'tick' }));
  /** Resolve what `close` returned. */
  readonly #closing: (() => void)[] = [];
  #socket: WebSocket | null = null;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#connectionOptions = connectionOptionsOf(options);
  }

  dial(): void {
    this.#dispatch({ type: 'start' });
  }

  /** The next try is now. While one is under way: if that one is refused as it is, another follows at once. */
  retryNow(): void {
    this.#dispatch({ type: 'retry' });
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
    if (this.#connection.phase.name === 'closed') return;
    await new Promise<void>((resolve) => {
      this.#closing.push(resolve);
      this.#dispatch({ type: 'close', withinMs });
    });
  }

  #dispatch(event: ConnectionEvent): void {
    const { random } = this.#options;
    const context = { now: CLOCK.now(), serverNow: 0, random, options: this.#connectionOptions };
    const effects = handleConnection(this.#connection, event, context);
    this.#timer.set(connectionDeadline(this.#connection));
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: ConnectionEffect): void {
    switch (effect.type) {
      case 'dial':
        return this.#dial(effect.dial);
      case 'hang-up':
        this.#socket?.terminate();
        this.#socket = null;
        return;
      case 'close-socket':
        return this.#socket?.close(effect.code);
      case 'ping':
        return this.sendText('ping');
      case 'opened':
        return this.#events.opened();
      case 'lost':
        return this.#events.lost();
      case 'rejected':
        if (effect.action === 'end') this.#events.refused(effect.code);
        else this.#events.rejected(effect.code, effect.reason);
        return;
      case 'closed':
        for (const resolve of this.#closing) resolve();
        return;
      case 'get-token':
      case 'renew':
      case 'unreachable':
      case 'changed':
        // A host signs each dial by its key, has one transport, and shows nobody its connection.
        return;
    }
  }

  #dial(dial: number): void {
    const { address, token, ticket } = this.#options;
    const brought = ticket?.read() ?? null;
    const socket = new WebSocket(address, SUBPROTOCOL, {
      headers: {
        authorization: `Bearer ${token()}`,
        ...(brought === null ? {} : { [TICKET_HEADER]: brought }),
      },
      perMessageDeflate: false,
      generateMask: zeroMask,
      maxPayload: LIMITS.messageBytes,
      minVersion: 'TLSv1.3',
    });
    this.#socket = socket;
    socket.on('upgrade', ({ headers }) => {
      const given = headers[TICKET_HEADER];
      if (typeof given === 'string') ticket?.save(given);
    });
    socket.on('open', () => this.#dispatch({ type: 'opened', dial }));
    socket.on('message', (data, isBinary) => this.#received(socket, dial, data, isBinary));
    socket.on('unexpected-response', (request, { statusCode }) => {
      request.destroy();
      this.#lost(socket, dial, statusCode === UNAUTHORIZED ? CLOSE.unauthenticated : NO_CLOSE);
    });
    socket.on('error', () => {});
    socket.on('close', (code, reason) => this.#lost(socket, dial, code, String(reason)));
  }

  #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #received(socket: WebSocket, dial: number, data: unknown, isBinary: boolean): void {
    if (this.#socket !== socket || !Buffer.isBuffer(data)) return;
    const text = isBinary ? null : data.toString('utf8');
    const isMessage = text !== 'pong';
    this.#dispatch({ type: 'received', dial, isMessage });
    if (text === null) this.#events.bytes?.(data);
    else if (isMessage) this.#events.text(text);
  }

  #lost(socket: WebSocket, dial: number, code: number, reason = ''): void {
    if (this.#socket === socket) this.#socket = null;
    this.#dispatch({ type: 'lost', dial, code, reason });
  }
}

function connectionOptionsOf({ timing, finalCodes, waitAfter }: LinkOptions): ConnectionOptions {
  const { pingEvery, deadAfter } = timing ?? LINK_TIMING;
  return {
    handshakeMs: HANDSHAKE_MS,
    pingEveryMs: pingEvery,
    deadAfterMs: deadAfter,
    provenBy: 'message',
    freshToken: 'never',
    actionOnClose: (code): CloseAction => {
      if (finalCodes.has(code)) return 'end';
      if (waitAfter.has(code)) return 'wait';
      return isTerminalClose(code) ? 'retry-rarely' : 'retry';
    },
  };
}

/**
 * Masks are for what reads along in the clear (RFC 6455, 10.3), and there is nothing: an address is TLS or loopback
 * (address.ts). With a key of zeros, which the buffer holds already, output is sent where it lies: a quarter of a
 * keeper's time under load goes into the copy and the pass over every byte.
 */
const zeroMask = () => {};
/** A send to a socket that is going is lost with it; its owner hears `lost`. */
const ignored = () => {};
