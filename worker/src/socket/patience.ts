import { KIB, LIMITS, MIB, wireError } from '@muster/protocol';
import { SOCKET } from './limits.ts';

/** Bytes that wait for the check of a token. */
export const PATIENCE = {
  /** Of a stranger: as much as one message. */
  stranger: LIMITS.messageBytes,
  /** Of a member who renews theirs. */
  member: 4 * MIB,
  /** X19: of all together; beyond it each may hold `least`, so that nobody's flood is another's refusal. */
  all: 16 * MIB,
  least: 16 * KIB,
} as const;

export const TOO_EARLY = wireError('RATE_LIMIT', 'what waits for the check of a token is at most 1 MiB', {
  retryAfter: SOCKET.authDeadline,
});

/**
 * S13: holds back what comes on a socket while its token is checked, which takes as long as an issuer takes to answer.
 */
export class Patience<S extends object> {
  readonly #held = new Map<S, number>();
  #all = 0;

  /** `bytes`: of one more message; `most`: that this socket may hold. False: it is too much. */
  has(socket: S, bytes: number, most: number = PATIENCE.stranger): boolean {
    const held = (this.#held.get(socket) ?? 0) + bytes;
    const share = this.#all + bytes <= PATIENCE.all ? most : Math.min(most, PATIENCE.least);
    if (held > share) return false;
    this.#held.set(socket, held);
    this.#all += bytes;
    return true;
  }

  /** The check is over. */
  done(socket: S): void {
    this.#all -= this.#held.get(socket) ?? 0;
    this.#held.delete(socket);
  }
}
