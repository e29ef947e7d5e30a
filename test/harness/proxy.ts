import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { z } from 'zod';

const AddressSchema = z.object({ port: z.number() });

/** `pass`: bytes go through. `stall`: links stay open and nothing moves. `cut`: links are reset, new ones too. */
export type Weather = 'pass' | 'stall' | 'cut';

/** Two ends of one link. */
class Pair {
  readonly #ends: readonly [Socket, Socket];

  constructor(near: Socket, far: Socket, gone: () => void) {
    this.#ends = [near, far];
    for (const end of this.#ends) {
      end.setNoDelay(true);
      end.on('error', () => {});
      end.on('close', () => {
        this.cut();
        gone();
      });
    }
  }

  flow(): void {
    const [near, far] = this.#ends;
    near.pipe(far);
    far.pipe(near);
  }

  /** What is on the way stays here. */
  hold(): void {
    for (const end of this.#ends) {
      end.unpipe();
      end.pause();
    }
  }

  /** What is on the way is lost. */
  cut(): void {
    for (const end of this.#ends) if (!end.destroyed) end.resetAndDestroy();
  }
}

/** A TCP proxy that a test can break. Use with `await using`. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #weather: Weather = 'pass';
  #port = 0;

  private constructor(target: URL) {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) =>
      this.#accept(near, target),
    );
  }

  static async open(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(new URL(target));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.#port = AddressSchema.parse(proxy.#server.address()).port;
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get links(): number {
    return this.#pairs.size;
  }

  set(weather: Weather): void {
    if (weather === this.#weather) return;
    this.#weather = weather;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  #accept(near: Socket, target: URL): void {
    if (this.#weather === 'cut') {
      near.on('error', () => {});
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true });
    const pair = new Pair(near, far, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
    this.#apply(pair);
  }

  #apply(pair: Pair): void {
    if (this.#weather === 'pass') pair.flow();
    else if (this.#weather === 'stall') pair.hold();
    else pair.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.set('cut');
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
