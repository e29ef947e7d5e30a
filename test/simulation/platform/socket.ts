/** Where the server's end of a socket sends. */
export interface SocketPeer {
  take(data: string | Uint8Array): void;
  /** The object has closed it. */
  end(code: number): void;
}

const OPEN = 1;
const CLOSED = 3;

/** The object's end of a hibernating WebSocket. */
export class SimulatedSocket {
  static readonly OPEN = OPEN;
  readyState = OPEN;
  readonly tags: string[] = [];
  peer: SocketPeer | null = null;
  #attachment: string | undefined;
  /** Sent before anybody listened. */
  readonly #early: ((peer: SocketPeer) => void)[] = [];

  /** Its other end is there from now on. */
  connect(peer: SocketPeer): void {
    this.peer = peer;
    for (const say of this.#early.splice(0)) say(peer);
  }

  accept(): void {}

  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (this.readyState !== OPEN) throw new TypeError('the socket is closed');
    const packet = typeof data === 'string' ? data : bytesOf(data);
    this.#toPeer((peer) => peer.take(packet));
  }

  close(code = 1005): void {
    if (this.readyState !== OPEN) return;
    this.readyState = CLOSED;
    this.#toPeer((peer) => peer.end(code));
  }

  serializeAttachment(attachment: unknown): void {
    this.#attachment = JSON.stringify(attachment);
  }

  deserializeAttachment(): unknown {
    return this.#attachment === undefined ? null : JSON.parse(this.#attachment);
  }

  #toPeer(say: (peer: SocketPeer) => void): void {
    if (this.peer === null) this.#early.push(say);
    else say(this.peer);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  const view =
    data instanceof ArrayBuffer
      ? new Uint8Array(data)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return view.slice();
}

/** `pair[0]` goes into the response, `pair[1]` is the object's. */
export class SimulatedSocketPair {
  readonly 0 = new SimulatedSocket();
  readonly 1 = new SimulatedSocket();

  constructor() {
    opened.set(this[0], this[1]);
  }
}

const opened = new WeakMap<SimulatedSocket, SimulatedSocket>();

/** The object's end, by the one in its response. */
export function otherEnd(socket: unknown): SimulatedSocket {
  const end = socket instanceof SimulatedSocket ? opened.get(socket) : undefined;
  if (end === undefined) throw new Error('the response has no socket');
  return end;
}
