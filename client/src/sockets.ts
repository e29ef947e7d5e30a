import { CLOSE, decodeServer, encodeMessage, SUBPROTOCOL } from '@muster/protocol';
import { NO_CLOSE } from './connection/index.ts';
import { PollLimiter } from './poll-limiter.ts';
import { PollSocket } from './poll-socket.ts';
import { Inbox } from './stream/inbox.ts';
import { readBatches } from './stream/read-batches.ts';
import { type ChannelKey, LOBBY_PATH, type TeamEffect, type TeamEvent } from './team/index.ts';
import type { TokenSource } from './token-source.ts';

/** `WebSocket.OPEN`, also where there is no global WebSocket. */
const OPEN = 1;

export interface SocketsOptions {
  readonly urlOf: (path: string) => string;
  readonly clientId: string;
  readonly tokens: TokenSource;
  readonly webSocket: (url: string, protocols: string[]) => WebSocket;
  readonly dispatch: (event: TeamEvent) => void;
}

interface Line {
  readonly socket: WebSocket | PollSocket;
  readonly inbox: Inbox;
}

/** The sockets of a client, by channel: turns what they bring into events, and effects into what they send. */
export class Sockets {
  readonly #options: SocketsOptions;
  readonly #lines = new Map<ChannelKey, Line>();
  readonly #limiter = new PollLimiter();
  /** M10: a socket that is only tried. */
  #probe: WebSocket | null = null;

  constructor(options: SocketsOptions) {
    this.#options = options;
  }

  dial({ key, dial, path, transport, token }: TeamEffect & { type: 'dial' }): void {
    const { urlOf, webSocket } = this.#options;
    try {
      const url = urlOf(path);
      const socket = transport === 'poll' ? this.#poll(url) : webSocket(url, [SUBPROTOCOL]);
      this.#attach(socket, key, dial, token);
    } catch {
      // No socket is to be had: the same as a dial that failed.
      this.#options.dispatch({ type: 'lost', key, dial, code: NO_CLOSE });
    }
  }

  send({ key, message, id, askedAt }: TeamEffect & { type: 'send' }): void {
    const metadata = askedAt === undefined ? {} : { metadata: { askedAt } };
    this.sendRaw(key, encodeMessage(message, id === undefined ? {} : { id, ...metadata }));
  }

  /** Lost where there is no open socket. */
  sendRaw(key: ChannelKey, data: string | Uint8Array<ArrayBuffer>): void {
    const socket = this.#lines.get(key)?.socket;
    if (socket?.readyState !== OPEN) return;
    // Bytes are sent on sockets only: a poll carries text.
    if (!(socket instanceof PollSocket)) socket.send(data);
    else if (typeof data === 'string') socket.send(data);
  }

  /** Gives the socket up: nothing of what it may still bring is handed on. */
  hangUp(key: ChannelKey): void {
    const line = this.#lines.get(key);
    if (line === undefined) return;
    this.#lines.delete(key);
    line.inbox.close();
    silence(line.socket);
    line.socket.close(CLOSE.normal);
  }

  /** M10: ends a poll as if the server had closed it. */
  retire(key: ChannelKey): void {
    const socket = this.#lines.get(key)?.socket;
    if (socket instanceof PollSocket) socket.retire();
  }

  /** M10: finds out whether the server answers requests at all. */
  async askServer(): Promise<void> {
    const address = new URL('/api/health', this.#options.urlOf(LOBBY_PATH));
    address.protocol = address.protocol === 'wss:' ? 'https:' : 'http:';
    const answered = await fetch(address, { cache: 'no-store' }).catch(() => null);
    this.#options.dispatch({ type: 'server-asked', answered: answered !== null });
  }

  /** M10: tries a socket. Messages must come through: some proxies let sockets open and pass nothing. */
  probe(): void {
    const { urlOf, webSocket, dispatch } = this.#options;
    try {
      const socket = webSocket(urlOf(LOBBY_PATH), [SUBPROTOCOL]);
      this.#probe = socket;
      socket.onopen = () => socket.send('ping');
      socket.onmessage = () => dispatch({ type: 'probe-answered' });
      socket.onerror = () => undefined;
    } catch {
      // None can be made: as one that does not open.
    }
  }

  dropProbe(): void {
    const socket = this.#probe;
    this.#probe = null;
    if (socket === null) return;
    silence(socket);
    socket.close(CLOSE.normal);
  }

  #poll(url: string): PollSocket {
    const limiter = this.#limiter;
    const bearer = () => this.#options.tokens.last;
    const socket = new PollSocket({ url, bearer, limiter, ended: () => limiter.remove() });
    limiter.add();
    return socket;
  }

  #attach(socket: WebSocket | PollSocket, key: ChannelKey, dial: number, token: string | null): void {
    const { clientId, dispatch } = this.#options;
    const inbox = new Inbox();
    this.#lines.set(key, { socket, inbox });
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (token !== null) socket.send(JSON.stringify({ type: 'auth', payload: { token, clientId } }));
    };
    socket.onmessage = ({ data }: { readonly data: unknown }) => {
      dispatch({ type: 'received', key, dial, isMessage: data !== 'pong' });
      if (data instanceof ArrayBuffer)
        inbox.bytes(new Uint8Array(data), (bytes, wireBytes) => this.#read(key, bytes, wireBytes));
      else if (typeof data === 'string' && data !== 'pong') this.#decode(key, inbox, data);
    };
    // What came before a close is delivered before it.
    socket.onclose = ({ code }: { readonly code: number }) =>
      inbox.other(() => {
        this.hangUp(key);
        dispatch({ type: 'lost', key, dial, code });
      });
    // `close` tells the same; but `ws` ends the process for an error that nobody listens to.
    socket.onerror = () => undefined;
  }

  #decode(key: ChannelKey, inbox: Inbox, text: string): void {
    const decoded = decodeServer(text);
    // A message this client does not know is a newer server's and meant for newer clients.
    if (!decoded.ok) return;
    const { message, metadata, timestamp } = decoded.value;
    const correlationId = metadata?.correlationId;
    inbox.other(() => this.#options.dispatch({ type: 'message', key, message, correlationId, timestamp }));
  }

  #read(key: ChannelKey, bytes: Uint8Array, wireBytes: number): void {
    const { dispatch } = this.#options;
    const headers = readBatches(bytes);
    if (!headers.ok) return dispatch({ type: 'unreadable', key });
    for (const header of headers.value) dispatch({ type: 'batch', key, header, bytes });
    dispatch({ type: 'consumed', key, wireBytes });
  }
}

function silence(socket: WebSocket | PollSocket): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
}
