import { createHmac } from 'node:crypto';
import { waitInObject } from './object.ts';
import { SimulatedSocket, SimulatedSocketPair } from './socket.ts';

/** What a world gives its objects for the platform's clock and chance. */
export interface Ambient {
  now(): number;
  freshId(): string;
}

let ambient: Ambient | null = null;

/** A response may have a socket, and then status 101, which Node's refuses. */
class SimulatedResponse extends Response {
  override readonly webSocket: WebSocket | null;
  readonly #status: number;

  constructor(body?: BodyInit | null, init: ResponseInit = {}) {
    const { status = 200, webSocket = null, ...rest } = init;
    super(body, { ...rest, status: status < 200 ? 200 : status });
    this.#status = status;
    this.webSocket = webSocket;
  }

  override get status(): number {
    return this.#status;
  }
}

class RequestResponsePair {}

/** The part of Web Crypto that the audit chain uses (X8), done at once. */
const SUBTLE = {
  importKey: async () => 'key',
  deriveKey: async () => 'key',
  sign: async (_: unknown, key: string, data: Uint8Array) => {
    const { buffer, byteOffset, length } = createHmac('sha256', key).update(data).digest();
    return buffer.slice(byteOffset, byteOffset + length);
  },
};

const RealDate = Date;
class SimulatedDate extends RealDate {
  static override now(): number {
    return ambient === null ? RealDate.now() : ambient.now();
  }
}

let isInstalled = false;

/** Puts the platform's globals in place. From then on clock and chance are those of the world that runs. */
export function installPlatform(): void {
  if (isInstalled) return;
  isInstalled = true;
  const { randomUUID } = crypto;
  Object.assign(globalThis, {
    WebSocketPair: SimulatedSocketPair,
    WebSocket: SimulatedSocket,
    WebSocketRequestResponsePair: RequestResponsePair,
    Response: SimulatedResponse,
    Date: SimulatedDate,
    scheduler: { wait: waitInObject },
  });
  // Node's own takes its time in other threads, and a world's step is over when it returns.
  Object.defineProperty(crypto, 'subtle', { value: SUBTLE, configurable: true });
  crypto.randomUUID = () =>
    (ambient === null ? randomUUID.call(crypto) : ambient.freshId()) as ReturnType<typeof randomUUID>;
}

/** Runs with a world's clock and chance. */
export function within<T>(world: Ambient, work: () => T): T {
  const before = ambient;
  ambient = world;
  try {
    return work();
  } finally {
    ambient = before;
  }
}
