import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as lasting } from 'node:timers/promises';
import * as z from 'zod';

const AddressSchema = z.object({ port: z.number() });
/** Bytes pass in portions of so many ms. */
const PORTION_MS = 20;

/** A TCP proxy with a slow uplink: so many bytes a second pass to the target, together, and any number back. */
export class SlowProxy implements AsyncDisposable {
  /** Bytes that went up. */
  passed = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #bytesPerS: number;
  #port = 0;
  /** The uplink is taken until then, by `performance.now`. */
  #busyUntil = 0;

  private constructor(target: URL, bytesPerS: number) {
    this.#bytesPerS = bytesPerS;
    this.#server = createServer((near) => this.#accept(near, target));
  }

  static async open(target: string, bytesPerS: number): Promise<SlowProxy> {
    const proxy = new SlowProxy(new URL(target), bytesPerS);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.#port = AddressSchema.parse(proxy.#server.address()).port;
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  #accept(near: Socket, target: URL): void {
    const far = connect(Number(target.port), target.hostname);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        this.#sockets.delete(end);
        other.destroy();
      });
    }
    far.pipe(near);
    void this.#carry(near, far).catch(() => far.destroy());
  }

  async #carry(near: Socket, far: Socket): Promise<void> {
    for await (const data of near) {
      if (!Buffer.isBuffer(data)) throw new TypeError('a socket gives bytes');
      this.passed += data.length;
      const now = performance.now();
      this.#busyUntil = Math.max(this.#busyUntil, now) + (data.length * 1_000) / this.#bytesPerS;
      if (this.#busyUntil - now > PORTION_MS) await lasting(this.#busyUntil - now);
      far.write(data);
    }
    far.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
