import { LIMITS, wireError } from '@muster/protocol';
import { SOCKET } from './limits.ts';

export const TOO_EARLY = wireError('RATE_LIMIT', 'what waits for the check of a token is at most 1 MiB', {
  retryAfter: SOCKET.authDeadline,
});

/**
 * S13: what a stranger says while his token is checked, as long as an issuer takes to answer, is held for him: as much as
 * one message. He has one such check: then he is known, or gone.
 */
export class Patience<S extends object> {
  readonly #held = new WeakMap<S, number>();

  /** `bytes`: of one more message. False: it is too much. */
  has(socket: S, bytes: number): boolean {
    const held = (this.#held.get(socket) ?? 0) + bytes;
    this.#held.set(socket, held);
    return held <= LIMITS.messageBytes;
  }
}
