import { Reset } from '../server.ts';
import { runMicrotasks } from './microtasks.ts';
import type { SimulatedSocket } from './socket.ts';
import { SimulatedStorage } from './storage.ts';

type Instance = object;
type Class<T> = new (ctx: DurableObjectState, env: never) => T;

let running: SimulatedObject<Instance> | null = null;

/** The timers of the object that runs now. */
export const waitInObject = (ms: number): Promise<void> => {
  if (running === null) throw new Error('no object is running');
  return running.wait(ms);
};

/** A Durable Object: storage and sockets that outlive its instance, and an output gate. */
export class SimulatedObject<T extends Instance> {
  readonly storage = new SimulatedStorage();
  /** After so many further sends and writes it is reset in the middle of its work; null: it is not. */
  fuse: number | null = null;
  readonly #name: string;
  readonly #class: Class<T>;
  readonly #env: unknown;
  readonly #sockets = new Set<SimulatedSocket>();
  /** Held back until what was written before is durable. */
  readonly #gated: (() => void)[] = [];
  readonly #timers = new Set<{ readonly at: number; readonly ring: () => void }>();
  #instance: T | null = null;
  /** What it threw, to whoever runs it. */
  #failure: unknown = null;

  constructor(name: string, kind: Class<T>, env: unknown) {
    this.#name = name;
    this.#class = kind;
    this.#env = env;
    this.storage.beforeWrite = () => this.#burn();
  }

  /** It runs until its promises wait for others; then what it wrote is durable, and what it said leaves. */
  run<R>(work: (instance: T) => R): R {
    const before = running;
    running = this;
    try {
      const result = work(this.instance);
      if (result instanceof Promise) this.#watch(result);
      runMicrotasks();
      this.#throwFailure();
      this.#flush();
      return result;
    } catch (error) {
      this.#lose();
      throw error;
    } finally {
      running = before;
    }
  }

  get instance(): T {
    if (this.#instance === null) {
      this.#instance = new this.#class(this.#state(), this.#env as never);
      runMicrotasks();
    }
    return this.#instance;
  }

  /** Memory is gone; rows and sockets are not. */
  evict(): void {
    this.#instance = null;
    this.#timers.clear();
  }

  /** When the earliest of its timers rings, ms; null: it has none. They die with the instance. */
  get timerAt(): number | null {
    return this.#timers.size === 0 ? null : Math.min(...[...this.#timers].map(({ at }) => at));
  }

  /** In `run`: wakes whoever waits until now. */
  ringTimers(now: number): void {
    for (const timer of [...this.#timers]) {
      if (timer.at > now) continue;
      this.#timers.delete(timer);
      timer.ring();
    }
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.add({ at: Date.now() + ms, ring: resolve });
    });
  }

  forgetSockets(): void {
    this.#sockets.clear();
  }

  drop(socket: SimulatedSocket): void {
    socket.readyState = 3;
    this.#sockets.delete(socket);
  }

  /** Says something once all that was written before is durable. */
  send(speak: () => void): void {
    this.#burn();
    if (this.storage.isDirty) this.#gated.push(speak);
    else speak();
  }

  #flush(): void {
    this.storage.flush();
    for (const speak of this.#gated.splice(0)) speak();
  }

  #lose(): void {
    this.storage.lose();
    this.#gated.length = 0;
    this.#failure = null;
    this.evict();
  }

  #burn(): void {
    if (this.fuse === null || this.fuse-- > 0) return;
    this.fuse = null;
    this.#failure = new Reset();
    throw this.#failure;
  }

  /** Remembers why it fails. */
  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#failure ??= error;
    });
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  #state(): DurableObjectState {
    const state = {
      id: { name: this.#name, toString: () => this.#name },
      storage: this.storage,
      waitUntil: (work: Promise<unknown>) => this.#watch(work),
      // As there, a failure resets the object.
      blockConcurrencyWhile: (work: () => Promise<unknown>) => {
        const done = work();
        this.#watch(done);
        return done;
      },
      abort: (reason: string) => {
        this.#failure ??= new Error(reason);
      },
      acceptWebSocket: (socket: SimulatedSocket, tags: string[] = []) => {
        socket.tags.push(...tags);
        this.#sockets.add(socket);
      },
      getWebSockets: (tag?: string) =>
        [...this.#sockets].filter(({ tags }) => tag === undefined || tags.includes(tag)),
      setWebSocketAutoResponse: () => {},
      // H1: whoever has a socket pings in time.
      getWebSocketAutoResponseTimestamp: () => new Date(Date.now()),
    };
    return state as unknown as DurableObjectState;
  }
}
