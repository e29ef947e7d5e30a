import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type PushPayload, PushPayloadSchema } from '@muster/protocol';
import { Receiver, senderOf } from '../../worker/test/push/receiver.ts';
import { eventually } from './eventually.ts';

export interface Pushed {
  readonly payload: PushPayload;
  readonly authorization: string;
  /** ms of `performance.now`. */
  readonly at: number;
}

/** A push service on this machine with one browser behind it, which reads what it is pushed. */
export class PushService implements AsyncDisposable {
  /** The statuses that it answers next; 201 where nothing is said. */
  readonly answers: number[] = [];
  readonly pushes: Pushed[] = [];
  readonly #receiver: Receiver;
  readonly #server: Server;
  #origin = '';

  private constructor(receiver: Receiver) {
    this.#receiver = receiver;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async open(): Promise<PushService> {
    const service = new PushService(await Receiver.make());
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    const { port } = service.#server.address() as AddressInfo;
    service.#origin = `http://127.0.0.1:${port}`;
    return service;
  }

  /** The body of `POST /api/push/subscriptions`. */
  subscription(device: string) {
    const { p256dh, auth } = this.#receiver;
    return { endpoint: `${this.#origin}/${device}`, keys: { p256dh, auth }, device };
  }

  /** The first push that is so. */
  next(isSo: (payload: PushPayload) => boolean): Promise<Pushed> {
    return eventually(() => {
      const found = this.pushes.find(({ payload }) => isSo(payload));
      if (found === undefined) throw new Error(`of ${this.pushes.length} pushes none is so`);
      return found;
    });
  }

  /** RFC 8292: the claims of a push's sender, whose key is `key`. @throws where another has signed */
  senderOf({ authorization }: Pushed, key: string) {
    return senderOf(authorization, key, this.#origin);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new Uint8Array(await buffer(request));
    const payload = PushPayloadSchema.parse(JSON.parse(await this.#receiver.read(body)));
    const { authorization = '' } = request.headers;
    this.pushes.push({ payload, authorization, at: performance.now() });
    response.writeHead(this.answers.shift() ?? 201).end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
