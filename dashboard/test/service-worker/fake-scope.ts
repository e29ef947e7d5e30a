import type { PageClient, WorkerScope } from '../../src/lib/service-worker/scope.ts';

/** One cache, by address. It knows no headers: nothing here depends on them. */
class FakeCache {
  readonly entries = new Map<string, Response>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async match(key: RequestInfo | URL): Promise<Response | undefined> {
    return this.entries.get(this.#addressOf(key))?.clone();
  }

  async put(key: RequestInfo | URL, response: Response): Promise<void> {
    this.entries.set(this.#addressOf(key), response);
  }

  async delete(key: RequestInfo | URL): Promise<boolean> {
    return this.entries.delete(this.#addressOf(key));
  }

  async keys(): Promise<readonly Request[]> {
    return [...this.entries.keys()].map((url) => new Request(url));
  }

  #addressOf(key: RequestInfo | URL): string {
    return new URL(key instanceof Request ? key.url : key, this.#origin).href;
  }
}

class FakeCaches {
  readonly all = new Map<string, FakeCache>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async open(name: string): Promise<FakeCache> {
    const cache = this.all.get(name) ?? new FakeCache(this.#origin);
    this.all.set(name, cache);
    return cache;
  }

  async match(key: RequestInfo | URL): Promise<Response | undefined> {
    for (const cache of this.all.values()) {
      const kept = await cache.match(key);
      if (kept !== undefined) return kept;
    }
    return undefined;
  }

  async keys(): Promise<string[]> {
    return [...this.all.keys()];
  }

  async delete(name: string): Promise<boolean> {
    return this.all.delete(name);
  }
}

/** An open page, which says that it goes where it is sent. */
export class FakePage implements PageClient {
  readonly visibilityState = 'visible';
  readonly messages: unknown[] = [];
  focused = 0;
  readonly url: string;
  readonly #answers: boolean;

  constructor(url: string, { answers = true } = {}) {
    this.url = url;
    this.#answers = answers;
  }

  async focus(): Promise<void> {
    this.focused += 1;
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    this.messages.push(message);
    const [port] = transfer;
    if (this.#answers && port instanceof MessagePort) port.postMessage('going');
    if (port instanceof MessagePort) port.close();
  }
}

/** Of ms that pass in tests. */
const FASTER = 10;

/** A worker's scope, its network and its pages. */
export class FakeScope
  implements Pick<WorkerScope, 'location' | 'caches' | 'clients' | 'fetch' | 'setTimeout'>
{
  readonly location: { readonly origin: string };
  readonly caches: FakeCaches;
  readonly clients: WorkerScope['clients'];
  readonly requested: string[] = [];
  readonly opened: string[] = [];
  readonly #answers = new Map<string, () => Promise<Response>>();

  constructor(origin: string, pages: readonly FakePage[] = []) {
    this.location = { origin };
    this.caches = new FakeCaches(origin);
    this.clients = {
      matchAll: async () => pages,
      openWindow: async (url) => void this.opened.push(url),
    };
  }

  serve(path: string, body: string, status = 200): void {
    this.#answers.set(path, async () => new Response(body, { status }));
  }

  fail(path: string): void {
    this.#answers.set(path, () => Promise.reject(new TypeError('Failed to fetch')));
  }

  /** Answers once the function that it returns is called. */
  hold(path: string, body: string): () => void {
    const gate = Promise.withResolvers<void>();
    this.#answers.set(path, () => gate.promise.then(() => new Response(body)));
    return gate.resolve;
  }

  async fetch(input: string | Request): Promise<Response> {
    const { pathname } = new URL(input instanceof Request ? input.url : input, this.location.origin);
    this.requested.push(pathname);
    return this.#answers.get(pathname)?.() ?? new Response('', { status: 404 });
  }

  setTimeout(callback: () => void, ms: number): number {
    setTimeout(callback, ms / FASTER);
    return 0;
  }
}
