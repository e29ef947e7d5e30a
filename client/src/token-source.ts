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

  /** Whether the first message of a socket brings the token; otherwise its handshake's cookie does. */
  get byMessage(): boolean {
    return this.#token !== null;
  }

  /** Whether a token that expired can be had anew. */
  get renewable(): boolean {
    return this.#token !== null || this.#refresh !== null;
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
