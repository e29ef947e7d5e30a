import { err, type MemberId, ok, type Result, type WireError, wireError } from '@muster/protocol';
import { type Bucket, fullAt, fullBucket, take } from '../../../socket/bucket.ts';
import { ROOM_LIMITS } from '../limits.ts';
import type { Durable } from '../types.ts';

type Buckets = Pick<Durable, 'commandBucket' | 'memberBuckets'>;

const rateLimitError = (rate: { readonly perSecond: number }, whose: string, retryAfter: number): WireError =>
  wireError('RATE_LIMIT', `at most ${rate.perSecond} commands a second ${whose}`, { retryAfter });

/**
 * L, X19: takes one command of this member's, and of the agent's, from which one member gets half at most. Returns the
 * buckets as they are then; those that are full again are forgotten.
 */
export function takeCommand(
  { commandBucket, memberBuckets }: Buckets,
  member: MemberId,
  now: number,
): Result<Buckets, WireError> {
  const { commands: ofAgent, memberCommands: ofMember } = ROOM_LIMITS;
  const own = take(memberBuckets[member] ?? fullBucket(ofMember, now), ofMember, now);
  if (!own.ok) return err(rateLimitError(ofMember, 'of one member for one agent', own.retryAfter));
  const all = take(commandBucket ?? fullBucket(ofAgent, now), ofAgent, now);
  if (!all.ok) return err(rateLimitError(ofAgent, 'for one agent', all.retryAfter));
  const others = Object.entries(memberBuckets).filter(([, bucket]) => fullAt(bucket, ofMember) > now);
  const kept: Record<string, Bucket> = { ...Object.fromEntries(others), [member]: own.bucket };
  return ok({ commandBucket: all.bucket, memberBuckets: kept });
}
