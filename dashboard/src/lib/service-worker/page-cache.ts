import {
  cacheName,
  filesNamedIn,
  MOST_SHELLS,
  outdatedCaches,
  policyFor,
  SHELL_WAIT_MS,
} from './cache-policy.ts';
import type { WorkerScope } from './scope.ts';

/** The first page: where most visits begin, and what an installed page opens. */
const START = '/';
/** A file is one content for everybody, however it travels. */
const MATCH = { ignoreVary: true };

/** F16: what a second visit needs is here already. One cache for each version of the page. */
export class PageCache {
  readonly #scope: WorkerScope;
  readonly #name: string;

  constructor(scope: WorkerScope, version: string) {
    this.#scope = scope;
    this.#name = cacheName(version);
  }

  /** Keeps the first page and its files. Fails where the server has another version by now; a later visit tries again. */
  async fill(): Promise<void> {
    const cache = await this.#scope.caches.open(this.#name);
    const page = await this.#scope.fetch(START, { cache: 'no-cache' });
    if (!isWhole(page)) throw new Error(`the first page cannot be kept: ${page.status}`);
    const html = await page.clone().text();
    const address = new URL(START, this.#scope.location.origin).href;
    await Promise.all(filesNamedIn(html, address).map((file) => this.#take(cache, file)));
    await cache.put(START, page);
  }

  /** Keeps the built files among these that a page has loaded before there was a worker. */
  async keepLoaded(files: readonly string[]): Promise<void> {
    const cache = await this.#scope.caches.open(this.#name);
    const { origin } = this.#scope.location;
    const ours = files.filter((url) => policyFor({ method: 'GET', mode: 'cors', url }, origin) === 'file');
    await Promise.allSettled(ours.map((file) => this.#take(cache, file)));
  }

  async deleteOutdated(): Promise<void> {
    const { caches } = this.#scope;
    const outdated = outdatedCaches(await caches.keys(), this.#name);
    await Promise.all(outdated.map((name) => caches.delete(name)));
  }

  /** A built file: from any version's cache, else from the server. */
  async file(request: Request): Promise<Response> {
    const kept = await this.#scope.caches.match(request.url, MATCH);
    if (kept !== undefined) return kept;
    const answer = await this.#scope.fetch(request);
    if (isWhole(answer)) await this.#keep(request.url, answer.clone());
    return answer;
  }

  /**
   * A page: the server's, where it answers soon; else the copy of this version. `kept` resolves once the server's is
   * kept for the next visit.
   */
  async shell(request: Request): Promise<{ readonly answer: Response; readonly kept: Promise<void> }> {
    const { pathname } = new URL(request.url);
    const fresh = this.#scope.fetch(request);
    const kept = fresh.then(
      async (answer) => {
        if (isWhole(answer)) await this.#keepShell(pathname, answer.clone());
      },
      () => undefined,
    );
    const cache = await this.#scope.caches.open(this.#name);
    const copy = await cache.match(pathname, MATCH);
    if (copy === undefined) return { answer: await fresh, kept };
    const soon = await Promise.race([fresh.catch(() => null), this.#wait(SHELL_WAIT_MS)]);
    return { answer: soon === null || soon.status >= 500 ? copy : soon, kept };
  }

  async #take(cache: Cache, file: string): Promise<void> {
    const kept = await this.#scope.caches.match(file, MATCH);
    const answer = kept ?? (await this.#scope.fetch(file));
    if (!isWhole(answer)) throw new Error(`a file of the first page cannot be kept: ${answer.status}`);
    await cache.put(file, answer);
  }

  async #keepShell(pathname: string, answer: Response): Promise<void> {
    await this.#keep(pathname, answer);
    const cache = await this.#scope.caches.open(this.#name);
    const shells = (await cache.keys()).filter(({ url }) => !url.includes('/_app/'));
    const others = shells.filter(({ url }) => new URL(url).pathname !== START);
    await Promise.all(others.slice(0, -MOST_SHELLS).map((shell) => cache.delete(shell)));
  }

  /** A full disk keeps nothing and breaks nothing. */
  async #keep(key: string, answer: Response): Promise<void> {
    const cache = await this.#scope.caches.open(this.#name);
    await cache.put(key, answer).catch(() => undefined);
  }

  #wait(ms: number): Promise<null> {
    return new Promise((resolve) => void this.#scope.setTimeout(() => resolve(null), ms));
  }
}

/** Neither a part, an error nor a redirect to somewhere else. */
const isWhole = (answer: Response): boolean => answer.status === 200 && !answer.redirected;
