import { type MemberId, type WireError, wireError } from '@muster/protocol';
import { type Bucket, fullBucket, take } from './bucket.ts';
import { SOCKET } from './limits.ts';

const RATE = { perSecond: SOCKET.messagesPerSecond, burst: SOCKET.burst } as const;

/** L: what members say to an object without a socket has the limit of a socket, one for each member. */
export class Callers {
  readonly #buckets = new Map<MemberId, Bucket>();

  refusal(member: MemberId, now: number): WireError | null {
    const taken = take(this.#buckets.get(member) ?? fullBucket(RATE, now), RATE, now);
    // Asked again it is the youngest: the first of the map is who was silent longest, and has a full bucket by then.
    this.#buckets.delete(member);
    this.#buckets.set(member, taken.bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > SOCKET.callers && oldest !== undefined) this.#buckets.delete(oldest);
    if (taken.ok) return null;
    const { retryAfter } = taken;
    return wireError('RATE_LIMIT', `at most ${SOCKET.messagesPerSecond} messages a second`, { retryAfter });
  }
}
