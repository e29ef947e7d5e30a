import type { WireError } from '@muster/protocol';

/** Requests of this process rather than of the room: their answer is a promise, not a frame. */
export class LocalRequests {
  readonly #waiting = new Map<string, (error: WireError | undefined) => void>();
  #made = 0;

  /** Resolves to what was wrong, or to undefined, when it is answered. */
  create(begin: (requestId: string) => void): Promise<WireError | undefined> {
    this.#made += 1;
    const requestId = `own:${this.#made}`;
    return new Promise((resolve) => {
      this.#waiting.set(requestId, resolve);
      begin(requestId);
    });
  }

  /** False: it is none of these. */
  answer(requestId: string, error: WireError | undefined): boolean {
    const resolve = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    resolve?.(error);
    return resolve !== undefined;
  }
}
