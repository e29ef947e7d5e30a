import type { ConnectionOptions } from './connection/index.ts';

/** Where fresh tokens come from. Sockets ask at the same time (a server came back, an expiry): one question then. */
export class TokenSource {
  readonly #token: (() => Promise<string>) | null;
  readonly #refresh: (() => Promise<string>) | null;
  #asking: Promise<string> | null = null;
  #last: string | null = null;

  constructor(options: { readonly token?: () => Promise<string>; readonly refresh?: () => Promise<string> }) {
    this.#token = options.token ?? null;
    this.#refresh = options.refresh ?? null;
  }

  /** Which dials bring a token of their own: all where no cookie brings it, or those after one that ended. */
  get policy(): ConnectionOptions['freshToken'] {
    if (this.#token !== null) return 'each-dial';
    return this.#refresh === null ? 'never' : 'when-expired';
  }

  /** The newest that the application gave; null where a cookie brings it. */
  get last(): string | null {
    return this.#token === null ? null : this.#last;
  }

  /** @throws what the application's own function throws. */
  fresh(): Promise<string> {
    const ask = this.#token ?? this.#refresh;
    if (ask === null) return Promise.reject(new Error('this client has no way to renew its token'));
    this.#asking ??= ask()
      .then((token) => {
        this.#last = token;
        return token;
      })
      .finally(() => {
        this.#asking = null;
      });
    return this.#asking;
  }
}
