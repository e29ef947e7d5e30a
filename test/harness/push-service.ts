import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type PushPayload, PushPayloadSchema } from '@muster/protocol';
import { base64url, jwtVerify } from 'jose';
import { Receiver } from '../../worker/test/push/receiver.ts';
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
  async senderOf({ authorization }: Pushed, key: string) {
    const [, token = '', named] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization) ?? [];
    if (named !== key) throw new Error(`it is signed by ${named}`);
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const raw = Uint8Array.from(base64url.decode(key));
    const publicKey = await crypto.subtle.importKey('raw', raw, algorithm, false, ['verify']);
    return (await jwtVerify(token, publicKey, { audience: this.#origin, algorithms: ['ES256'] })).payload;
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
