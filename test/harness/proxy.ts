import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import * as z from 'zod';

const AddressSchema = z.object({ port: z.number() });

/**
 * `pass`: bytes go through. `stall`: links stay open and nothing moves. `cut`: links are reset, new ones too.
 * `silent`: half-open; links stay open at both ends and are dead for good, and so are those that are dialled now.
 */
export type Weather = 'pass' | 'stall' | 'cut' | 'silent';

/** What bytes go through on their way: up from who dialled, and down to them. */
export interface Passage {
  readonly up?: Duplex;
  readonly down?: Duplex;
}

/** Two ends of one link. */
class Pair {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #ways: readonly { readonly from: Socket; readonly entry: Writable }[];
  #dead = false;

  constructor(near: Socket, far: Socket, { up, down }: Passage, gone: () => void) {
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

  /** What is on the way stays here. */
  hold(): void {
    for (const { from } of this.#ways) {
      from.unpipe();
      from.pause();
    }
  }

  /** What is sent is taken and goes nowhere. */
  swallow(): void {
    this.#dead = true;
    for (const { from } of this.#ways) {
      from.unpipe();
      // Who lets go of it is alone with that, too.
      from.on('end', () => from.destroy());
      from.resume();
    }
  }

  /** What is on the way is lost. */
  cut(): void {
    for (const end of [this.#near, this.#far]) if (!end.destroyed) end.resetAndDestroy();
  }
}

/** A TCP proxy that a test can break. Use with `await using`. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #dead = new Set<Pair>();
  /** Links that who dialled has let go, or lost. */
  ended = 0;
  /** When each link was dialled, ms since 1970. */
  readonly dials: number[] = [];
  #weather: Weather = 'pass';
  #port = 0;

  private constructor(target: URL, passage: () => Passage) {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) =>
      this.#accept(near, target, passage()),
    );
  }

  /** `passage`: asked for each link. */
  static async open(target: string, passage: () => Passage = () => ({})): Promise<FaultyProxy> {
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

  set(weather: Weather): void {
    if (weather === this.#weather) return;
    this.#weather = weather;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  #accept(near: Socket, target: URL, passage: Passage): void {
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
