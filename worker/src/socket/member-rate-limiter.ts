import { type MemberId, type WireError, wireError } from '@muster/protocol';
import { type Bucket, fullBucket, type Rate, refund, take } from './bucket.ts';
import { SOCKET } from './limits.ts';

export const SOCKET_RATE: Rate = { perSecond: SOCKET.messagesPerSecond, burst: SOCKET.burst };
export const MEMBER_RATE: Rate = { perSecond: SOCKET.memberMessagesPerSecond, burst: SOCKET.memberBurst };

export const rateLimitError = ({ perSecond }: Rate, retryAfter: number, what = 'messages'): WireError =>
  wireError('RATE_LIMIT', `at most ${perSecond} ${what} a second`, { retryAfter });

/** L: limits the messages of each member to an object, by calls or over all of its sockets. */
export class MemberRateLimiter {
  readonly #rate: Rate;
  readonly #what: string | undefined;
  readonly #buckets = new Map<MemberId, Bucket>();

  constructor(rate: Rate = SOCKET_RATE, what?: string) {
    this.#rate = rate;
    this.#what = what;
  }

  refusal(member: MemberId, now: number): WireError | null {
    const taken = take(this.#buckets.get(member) ?? fullBucket(this.#rate, now), this.#rate, now);
    this.#set(member, taken.bucket);
    return taken.ok ? null : rateLimitError(this.#rate, taken.retryAfter, this.#what);
  }

  bucket(member: MemberId): Bucket | undefined {
    return this.#buckets.get(member);
  }

  /** After a wake: as one of its sockets kept it; the newest counts. */
  restore(member: MemberId, kept: Bucket): void {
    const known = this.#buckets.get(member);
    if (known === undefined || known.at < kept.at) this.#set(member, kept);
  }

  /** S8: what is outside the limit. */
  refund(member: MemberId): void {
    const bucket = this.#buckets.get(member);
    if (bucket !== undefined) this.#buckets.set(member, refund(bucket, this.#rate));
  }

  #set(member: MemberId, bucket: Bucket): void {
    // Re-inserted as the newest: the first of the map has been silent longest, and its bucket is full by then.
    this.#buckets.delete(member);
    this.#buckets.set(member, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > SOCKET.rateLimitedMembers && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
