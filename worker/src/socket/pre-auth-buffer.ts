import { KIB, LIMITS, MIB, wireError } from '@muster/protocol';
import { SOCKET } from './limits.ts';

/** Bytes that may wait while a token is verified. */
export const PRE_AUTH_BYTES = {
  /** Of an unauthenticated socket: one message. */
  stranger: LIMITS.messageBytes,
  /** Of a member that renews its token. */
  member: 4 * MIB,
  /** X19: of all together; beyond it each may hold `least`, so that one socket's flood is not another's refusal. */
  all: 16 * MIB,
  least: 16 * KIB,
} as const;

export const PRE_AUTH_OVERFLOW = wireError(
  'RATE_LIMIT',
  'what waits for the check of a token is at most 1 MiB',
  {
    retryAfter: SOCKET.authDeadline,
  },
);

/**
 * S13: bounds the messages that are held back while a socket's token is verified, which takes as long as an issuer needs.
 */
export class PreAuthBuffer<S extends object> {
  readonly #held = new Map<S, number>();
  #total = 0;

  /** `bytes`: of one more message; `most`: that this socket may hold. False: it is too much. */
  reserve(socket: S, bytes: number, most: number = PRE_AUTH_BYTES.stranger): boolean {
    const held = (this.#held.get(socket) ?? 0) + bytes;
    const share = this.#total + bytes <= PRE_AUTH_BYTES.all ? most : Math.min(most, PRE_AUTH_BYTES.least);
    if (held > share) return false;
    this.#held.set(socket, held);
    this.#total += bytes;
    return true;
  }

  /** The verification is over. */
  release(socket: S): void {
    this.#total -= this.#held.get(socket) ?? 0;
    this.#held.delete(socket);
  }
}
