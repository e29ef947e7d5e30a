import { encodeMessage, MemberIdSchema, type ServerMessage } from '@muster/protocol';

/** The half of a WebSocket that a link touches, driven by hand. */
export class FakeSocket {
  readonly url: string;
  binaryType = '';
  readyState = 0;
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
  }

  /** The handshake is done. */
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  /** `timestamp`: the server's clock, ms since 1970. */
  deliver(message: ServerMessage, timestamp?: number): void {
    this.onmessage?.({ data: encodeMessage(message, timestamp === undefined ? {} : { timestamp }) });
  }

  text(data: string): void {
    this.onmessage?.({ data });
  }

  /** The other side, or the network, ends it. */
  end(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

/** A place to dial that keeps each socket and when it was dialled. */
export class FakeNetwork {
  readonly dials: { readonly socket: FakeSocket; readonly at: number }[] = [];

  readonly webSocket = (url: string): WebSocket => {
    const socket = new FakeSocket(url);
    this.dials.push({ socket, at: Date.now() });
    // A link touches nothing of a socket but what the fake has.
    return socket as unknown as WebSocket;
  };

  get last(): FakeSocket {
    const dial = this.dials.at(-1);
    if (dial === undefined) throw new Error('nothing was dialled');
    return dial.socket;
  }

  /** The newest socket whose address holds `path`. */
  to(path: string): FakeSocket {
    const dial = this.dials.findLast(({ socket }) => socket.url.includes(path));
    if (dial === undefined) throw new Error(`${path} was not dialled`);
    return dial.socket;
  }
}

export function connectionAck(tokenExpiresAt = 9e12, features: string[] = []): ServerMessage {
  const member = { id: MemberIdSchema.parse('m'), name: 'Owner', role: 'admin' as const };
  const payload = {
    connectionId: 'c',
    sessionId: 's',
    serverVersion: '0',
    features,
    resumed: false,
    heartbeatInterval: 25_000,
    tokenExpiresAt,
  };
  return { type: 'connection:ack', payload: { ...payload, member } };
}
