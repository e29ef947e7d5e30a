import * as z from 'zod';

/** L: a token bucket; pure, so that time is the caller's. */
export const BucketSchema = z.object({
  tokens: z.number(),
  /** ms since 1970 of the last refill. */
  at: z.number(),
  /** Refusals since the last success. */
  refused: z.number(),
});
export type Bucket = Readonly<z.infer<typeof BucketSchema>>;

export interface Rate {
  /** May be a fraction: 10 a minute are 10 / 60. */
  readonly perSecond: number;
  readonly burst: number;
}

export type Taken =
  | { readonly ok: true; readonly bucket: Bucket }
  | {
      readonly ok: false;
      readonly bucket: Bucket;
      /** ms until one message would be let through. */
      readonly retryAfter: number;
    };

export const fullBucket = (rate: Rate, now: number): Bucket => ({ tokens: rate.burst, at: now, refused: 0 });

/** Of a burst, what an eviction may forgive. */
const STORED_PARTS = 8;

/** Tokens lost to rounding when fractions are summed up: a caller that waited for `retryAfter` is let through. */
const ROUNDING = 1e-6;

const refilled = ({ tokens, at }: Bucket, rate: Rate, now: number): number =>
  Math.min(rate.burst, tokens + (Math.max(0, now - at) * rate.perSecond) / 1000);

/** When it is full again, if nobody takes of it; ms since 1970. */
export const fullAt = ({ tokens, at }: Bucket, rate: Rate): number =>
  at + Math.ceil(((rate.burst - tokens) * 1000) / rate.perSecond);

/**
 * Whether this bucket is to be kept in place of the one that is, so that an eviction forgives no more than a part of
 * the burst, and none after a refusal. Ordinary use is never worth a write.
 */
export function isWorthStoring(bucket: Bucket, kept: Bucket | undefined, rate: Rate): boolean {
  if (bucket.refused > 0) return true;
  const known = kept === undefined ? rate.burst : refilled(kept, rate, bucket.at);
  return known - bucket.tokens >= rate.burst / STORED_PARTS;
}

/** Takes one token, after the refill that is due. A clock that went back refills nothing. */
export function take(bucket: Bucket, rate: Rate, now: number): Taken {
  const tokens = refilled(bucket, rate, now);
  if (tokens >= 1 - ROUNDING) return { ok: true, bucket: { tokens: tokens - 1, at: now, refused: 0 } };
  const retryAfter = Math.ceil(((1 - ROUNDING - tokens) * 1000) / rate.perSecond);
  return { ok: false, bucket: { tokens, at: now, refused: bucket.refused + 1 }, retryAfter };
}

/** Gives back the token of a message that is outside the limit (S8: flow:ack). */
export const refund = (bucket: Bucket, rate: Rate): Bucket => ({
  ...bucket,
  tokens: Math.min(rate.burst, bucket.tokens + 1),
});
