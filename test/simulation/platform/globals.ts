import { SimulatedSocket, SimulatedSocketPair } from './socket.ts';

/** What a world gives its objects for the platform's clock and chance. */
export interface Ambient {
  now(): number;
  freshId(): string;
  /** Resolves when so many ms went by. */
  wait(ms: number): Promise<void>;
}

let ambient: Ambient | null = null;

function current(): Ambient {
  if (ambient === null) throw new Error('no world is running');
  return ambient;
}

/** A response may have a socket, and then status 101, which Node's refuses. */
class SimulatedResponse extends Response {
  readonly webSocket: unknown;
  readonly #status: number;

  constructor(body?: BodyInit | null, init: ResponseInit & { webSocket?: unknown } = {}) {
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

const RealDate = Date;
class SimulatedDate extends RealDate {
  static override now(): number {
    return ambient === null ? RealDate.now() : ambient.now();
  }
}

/** Puts the platform's globals in place. From then on clock and chance are those of the world that runs. */
export function installPlatform(): void {
  const { randomUUID } = crypto;
  Object.assign(globalThis, {
    WebSocketPair: SimulatedSocketPair,
    WebSocket: SimulatedSocket,
    WebSocketRequestResponsePair: RequestResponsePair,
    Response: SimulatedResponse,
    Date: SimulatedDate,
    scheduler: { wait: (ms: number) => current().wait(ms) },
  });
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
