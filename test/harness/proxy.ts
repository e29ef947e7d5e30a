import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import * as z from 'zod';

const AddressSchema = z.object({ port: z.number() });

/**
 * `pass`: bytes go through. `stall`: links stay open and nothing moves. `cut`: links are reset, new ones too.
 * `silent`: half-open; links stay open at both ends and are dead for good, and so are those that are dialled now.
 */
export type ProxyStreams = 'pass' | 'stall' | 'cut' | 'silent';

/** The streams that bytes go through: up from the client that dialled, and down to it. */
export interface ProxyStream {
  readonly up?: Duplex;
  readonly down?: Duplex;
}

/** Two ends of one link. */
class Pair {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #ways: readonly { readonly from: Socket; readonly entry: Writable }[];
  #dead = false;

  constructor(near: Socket, far: Socket, { up, down }: ProxyStream, gone: () => void) {
    this.#near = near;
    this.#far = far;
    up?.pipe(far);
    down?.pipe(near);
    this.#ways = [
      { from: near, entry: up ?? far },
      { from: far, entry: down ?? near },
    ];
    for (const end of [near, far]) {
      end.setNoDelay(true);
      end.on('error', () => {});
      end.on('close', () => {
        // The ends of a dead link hear nothing of each other.
        if (!this.#dead) this.cut();
        if (end === near) gone();
      });
    }
  }

  flow(): void {
    if (this.#dead) return;
    for (const { from, entry } of this.#ways) from.pipe(entry);
  }

  /** Bytes in transit stay here. */
  hold(): void {
    for (const { from } of this.#ways) {
      from.unpipe();
      from.pause();
    }
  }

  /** Bytes that are sent are accepted and dropped. */
  swallow(): void {
    this.#dead = true;
    for (const { from } of this.#ways) {
      from.unpipe();
      // A side that closes it is not noticed by the other, either.
      from.on('end', () => from.destroy());
      from.resume();
    }
  }

  /** Bytes in transit are lost. */
  cut(): void {
    for (const end of [this.#near, this.#far]) if (!end.destroyed) end.resetAndDestroy();
  }
}

/** A TCP proxy that a test can break. Use with `await using`. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #dead = new Set<Pair>();
  /** Links that the client has closed, or lost. */
  ended = 0;
  /** When each link was dialled, ms since 1970. */
  readonly dials: number[] = [];
  #weather: ProxyStreams = 'pass';
  #port = 0;

  private constructor(target: URL, passage: () => ProxyStream) {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) =>
      this.#accept(near, target, passage()),
    );
  }

  /** `passage`: asked for each link. */
  static async open(target: string, passage: () => ProxyStream = () => ({})): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(new URL(target), passage);
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

  set(weather: ProxyStreams): void {
    if (weather === this.#weather) return;
    this.#weather = weather;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  #accept(near: Socket, target: URL, passage: ProxyStream): void {
    if (this.#weather === 'cut') {
      near.on('error', () => {});
      near.resetAndDestroy();
      return;
    }
    this.dials.push(Date.now());
    const far = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true });
    const pair = new Pair(near, far, passage, () => {
      this.ended += 1;
      this.#pairs.delete(pair);
    });
    this.#pairs.add(pair);
    this.#apply(pair);
  }

  #apply(pair: Pair): void {
    if (this.#weather === 'pass') pair.flow();
    else if (this.#weather === 'stall') pair.hold();
    else if (this.#weather === 'cut') pair.cut();
    else {
      this.#dead.add(pair);
      pair.swallow();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.set('cut');
    for (const pair of this.#dead) pair.cut();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
